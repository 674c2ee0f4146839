"""Sets up a run from its settings. Quick checks come first, so that errors are reported early."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sslviz.core.catalogue import chosen_objective, dataset_entry, resolve_values, settings_for
from sslviz.core.entries import Catalogue
from sslviz.core.messages import Prepared
from sslviz.core.settings import Setting, Values
from sslviz.core.suited import SuitedSetting
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.device import place
from sslviz.engine.training.figures import figure_entries
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import ProgressCallback, Split
from sslviz.learning.modality import Modality, modalities
from sslviz.learning.objective import objectives


@dataclass(frozen=True)
class Setup:
    """A run before its first step: settings, data and trainer.

    Attributes:
        values: values of all settings.
        settings: the declarations of the settings, by key.
        split: the data that the run begins with; during a run, :attr:`Trainer.split` may have more samples.
        modality: the modality of the data.
        trainer: the network with its optimiser.
        panel_data: names of the panel data that the objective can provide with these settings.
    """

    values: Values
    settings: Mapping[str, Setting]
    split: Split
    modality: Modality
    trainer: Trainer
    panel_data: tuple[str, ...]

    def message(self, folder: str = "", suited: tuple[SuitedSetting, ...] = ()) -> Prepared:
        """Return the message that describes the run to the window; ``folder`` is the run folder if there is one.

        ``suited``: those of the values that follow from what was found in the data.
        """
        return Prepared(
            values=self.values,
            folder=folder,
            device=self.trainer.placement.title,
            samples=len(self.split.train),
            samples_to_come=self.split.to_come,
            steps_per_epoch=self.trainer.order.steps_per_epoch,
            parameters=self.trainer.parameter_count,
            labels=self.split.labels,
            figures=figure_entries(self.split.scored, self.trainer.objective),
            panel_data=self.panel_data,
            loss_note=self.trainer.objective.loss_note,
            trains=self.trainer.objective.trains,
            suited=suited,
        )


def set_up(
    catalogue: Catalogue,
    values: Values,
    data_cache: DataCache,
    progress: ProgressCallback,
    *,
    look_again: bool = False,
) -> Setup:
    """Check the settings, load the data and build the network.

    Args:
        catalogue: all available settings, objectives and data sets.
        values: values of some settings; the others have their defaults.
        data_cache: loads the data.
        progress: called while the data is loaded; an exception raised by ``progress`` cancels the set-up.
        look_again: whether data of the user's own are to be loaded again, since they may have changed.

    Raises:
        SettingError: a value or a combination of values is not possible.
        DataError: the data cannot be loaded.
    """
    values = resolve_values(catalogue, values)
    settings = {s.key: s for s in settings_for(catalogue, values)}
    placement = place(str(values["device"]))
    split = data_cache.load(values, progress, look_again=look_again)
    modality = modalities[dataset_entry(catalogue, str(values["data"])).modality]()
    entry = chosen_objective(catalogue, values)
    objective = objectives[entry.name]
    if objective.needs_download(values):
        progress("Downloading the weights of the encoder", None)
    split = beginning(split, int(values["batch_size"]), progress) if objective.trains else split.whole(progress)
    trainer = Trainer(values, split, objective, placement, suspects(settings))
    return Setup(values, settings, split, modality, trainer, entry.panel_data_with(values))


def beginning(split: Split, batch_size: int, progress: ProgressCallback) -> Split:
    """Return the samples that a run begins with: the first of the data, but enough for a batch if there are."""
    while len(split.train) < batch_size and split.wider is not None:
        split = split.wider.load(progress)
    return split


def suspects(settings: Mapping[str, Setting]) -> tuple[Setting, ...]:
    """Return the settings that the message about a NaN or infinite loss names as possible causes.

    These are the live settings with a logarithmic scale, except ``weight_decay``.
    """
    return tuple(s for s in settings.values() if s.live and s.log and s.key != "weight_decay")
