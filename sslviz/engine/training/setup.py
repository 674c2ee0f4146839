"""From the settings of a run to all that it needs, in the order in which a person hears soonest what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sslviz.core.catalogue import dataset_entry, resolve_values, settings_for
from sslviz.core.entries import Catalogue
from sslviz.core.messages import Prepared
from sslviz.core.run_folder import RunFolder, RunFolderError, holds_run
from sslviz.core.settings import Setting, Values
from sslviz.engine.training.catalogue import objective_class, panel_data_of
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.device import place
from sslviz.engine.training.environment import environment
from sslviz.engine.training.figures import figure_entries
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import ProgressCallback, Split
from sslviz.learning.modality import Modality, modalities


@dataclass(frozen=True)
class Setup:
    """A run that is ready for its first step."""

    values: Values
    settings: Mapping[str, Setting]
    split: Split
    modality: Modality
    trainer: Trainer
    folder: RunFolder

    def facts(self) -> Prepared:
        """What the window is told of it."""
        return Prepared(
            values=self.values,
            folder=str(self.folder.path),
            device=self.trainer.placement.title,
            samples=len(self.split.train),
            steps_per_epoch=self.trainer.order.steps_per_epoch,
            parameters=self.trainer.parameter_count,
            labels=self.split.labels,
            figures=figure_entries(self.split.labels, self.trainer.objective),
            panel_data=panel_data_of(type(self.trainer.objective)),
        )


def set_up(catalogue: Catalogue, given: Values, path: Path, data_cache: DataCache, progress: ProgressCallback) -> Setup:
    """Check the settings, get the data, build the network, make the folder.

    Raises:
        SettingError, RunFolderError: what was asked for cannot be had.
        DataError: the data could not be made or read.
    """
    values = resolve_values(catalogue, given)
    settings = {s.key: s for s in settings_for(catalogue, values)}
    placement = place(str(values["device"]))
    if holds_run(path):
        raise RunFolderError(f"{path} already holds a run. Choose another folder.")
    split, modality = (
        data_cache.load(values, progress),
        modalities[dataset_entry(catalogue, str(values["data"])).modality](),
    )
    trainer = Trainer(values, split, objective_class(catalogue, values), placement, suspects(settings))
    folder = RunFolder.create(path, values, environment(placement.title))
    return Setup(values, settings, split, modality, trainer, folder)


def suspects(settings: Mapping[str, Setting]) -> tuple[Setting, ...]:
    """Settings worth naming where the numbers explode: live ones that are steered on a logarithmic scale."""
    return tuple(s for s in settings.values() if s.live and s.log and s.key != "weight_decay")
