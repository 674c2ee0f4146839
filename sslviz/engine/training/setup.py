"""Sets up a run from its settings. Quick checks come first, so that errors are reported early."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sslviz.core.catalogue import dataset_entry, resolve_values, settings_for
from sslviz.core.entries import Catalogue
from sslviz.core.messages import Prepared
from sslviz.core.run_folder import RunFolder, check_new_run
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
    """A run before its first step: settings, data, trainer and run folder.

    Attributes:
        values: values of all settings.
        settings: the declarations of the settings, by key.
        split: the data.
        modality: the modality of the data.
        trainer: the network with its optimiser.
        folder: the new run folder.
    """

    values: Values
    settings: Mapping[str, Setting]
    split: Split
    modality: Modality
    trainer: Trainer
    folder: RunFolder

    def message(self) -> Prepared:
        """Return the message that describes the run to the window."""
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


def set_up(
    catalogue: Catalogue,
    values: Values,
    path: Path,
    data_cache: DataCache,
    progress: ProgressCallback,
    *,
    numbered: bool = False,
) -> Setup:
    """Check the settings, load the data, build the network and create the run folder.

    Args:
        catalogue: all available settings, objectives and data sets.
        values: values of some settings; the others have their defaults.
        path: path of the run folder to be created.
        data_cache: loads the data.
        progress: called while the data is loaded; an exception raised by ``progress`` cancels the set-up.
        numbered: what to do if ``path`` already holds a run: True to create a folder whose name has a number appended,
            False to raise RunFolderError.

    Raises:
        SettingError: a value or a combination of values is not possible.
        RunFolderError: the folder cannot be written, or ``path`` already holds a run and ``numbered`` is False.
        DataError: the data cannot be loaded.
    """
    values = resolve_values(catalogue, values)
    settings = {s.key: s for s in settings_for(catalogue, values)}
    placement = place(str(values["device"]))
    check_new_run(path.parent if numbered else path)
    split = data_cache.load(values, progress)
    modality = modalities[dataset_entry(catalogue, str(values["data"])).modality]()
    trainer = Trainer(values, split, objective_class(catalogue, values), placement, suspects(settings))
    create = RunFolder.create_numbered if numbered else RunFolder.create
    folder = create(path, values, environment(placement))
    return Setup(values, settings, split, modality, trainer, folder)


def suspects(settings: Mapping[str, Setting]) -> tuple[Setting, ...]:
    """Return the settings that the message about a NaN or infinite loss names as possible causes.

    These are the live settings with a logarithmic scale, except ``weight_decay``.
    """
    return tuple(s for s in settings.values() if s.live and s.log and s.key != "weight_decay")
