"""A callback of Lightning that records a training, for the packages ``lightning`` and ``pytorch_lightning``."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from typing import Any

from torch import Tensor

from sslviz.core.entries import SCRIPT
from sslviz.core.recorder_inputs import Labels
from sslviz.integrations.module_watch import EVERY_S, watch_module
from sslviz.recorder import Recorder

PACKAGES = ("lightning.pytorch", "pytorch_lightning")
"""Packages that have Lightning's Trainer; a script may import one while a library that it uses imports the other."""
WHOLE = ("SingleDeviceStrategy", "DDPStrategy")
"""Strategies of Lightning in which each process has the whole network, and can run it without the others."""
TAKEN = signature(Recorder.log).parameters.keys() - {"loss", "figures"}
"""Names that a figure cannot have, since they are other arguments of :meth:`sslviz.Recorder.log`."""


def _callbacks() -> tuple[Any, ...]:
    """Return the base classes of callbacks: of each package that is imported, or of the first that is installed."""
    imported = [name for name in PACKAGES if name in sys.modules]
    installed = [name for name in PACKAGES if find_spec(name.partition(".")[0]) is not None]
    if not installed:
        raise ImportError("LightningCallback needs Lightning: pip install lightning, or pytorch_lightning.")
    return tuple(import_module(name).Callback for name in imported or installed[:1])


class LightningCallback(*_callbacks()):  # type: ignore[misc]
    """Records a training by Lightning in a run folder, which sslviz shows, also while the training goes on.

    It records the loss that ``training_step`` returns, all metrics that the LightningModule logs, and the embeddings of
    some samples, as :func:`sslviz.watch_module` does: the training is not changed by it. Of several processes, the
    first records. Where the network is divided among processes, as by FSDP, no embeddings are recorded.

    Errors are logged and not raised. The run is recorded as failed if the training ends by an error, and as stopped
    after Ctrl-C. Where ``Trainer.fit`` continues from a checkpoint, the recording in the folder is continued, too.

    Args:
        run: the run folder; if it already holds a run, a number is appended to its name.
        samples: some hundred inputs, always the same, with labels if there are any: a tensor of the shape that the
            network takes, or a batch of a ``DataLoader``.
        encoder: name of the module in the LightningModule whose output is h, such as "backbone".
        head: name of the module whose output is z, such as "projection_head"; None if only h is recorded.
        every_s: minimum time between two embeddings, in seconds; recording them takes at most 2 % of the time.
        labels: labels of the samples, as for :meth:`sslviz.Recorder.log`; by default those in ``samples``.
        settings: the settings of the run, as for :class:`sslviz.Recorder`; by default the module's hyperparameters.
        chance: the loss of a model that cannot tell samples apart; None if it is not known.

    Example::

        watch = LightningCallback("runs/mine", samples=next(iter(loader)), encoder="backbone", head="projection_head")
        Trainer(max_epochs=10, callbacks=[watch]).fit(model, loader)
    """

    def __init__(
        self,
        run: str | os.PathLike[str],
        *,
        samples: object,
        encoder: str,
        head: str | None = None,
        every_s: float = EVERY_S,
        labels: Labels | None = None,
        settings: object = None,
        chance: float | None = None,
    ) -> None:
        super().__init__()
        self.recorder: Recorder | None = None
        """Records the training in progress; None before it, after it, and in all processes but the first."""
        self._run, self._samples, self._labels = run, samples, labels
        self._encoder, self._head, self._every_s = encoder, head, every_s
        self._settings, self._chance = settings, chance
        self._metrics: dict[str, Tensor] = {}
        """The metrics that were last recorded; one that was logged again is another tensor."""

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ANN401 - of either package
        """Begin to record: settings, samples, and the embeddings of the untrained network."""
        if not trainer.is_global_zero:
            return
        settings = dict(pl_module.hparams) if self._settings is None else self._settings
        resume = trainer.ckpt_path is not None
        self.recorder = Recorder(self._run, settings=settings, chance=self._chance, resume=resume)
        self._metrics = dict(trainer.callback_metrics)  # of the check before the training
        if any(base.__name__ in WHOLE for base in type(trainer.strategy).__mro__):
            watched = self.recorder, pl_module, self._encoder, self._samples
            watch_module(*watched, head=self._head, every_s=self._every_s, labels=self._labels)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:  # noqa: ANN401
        """Record the loss and the metrics that were logged since the last batch."""
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        self._log(trainer, loss)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ANN401
        """Record the metrics that were logged since the last batch, such as those of the validation."""
        self._log(trainer, None)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:  # noqa: ANN401
        """End the recording as failed, or as stopped after Ctrl-C."""
        if self.recorder is not None:
            self.recorder.__exit__(type(exception), exception, None)
            self.recorder = None

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ANN401
        """End the recording."""
        self._log(trainer, None)
        if self.recorder is not None:
            self.recorder.close()
            self.recorder = None

    def _log(self, trainer: Any, loss: object) -> None:  # noqa: ANN401
        if self.recorder is None:
            return
        metrics = dict(trainer.callback_metrics)
        new = {name: value for name, value in metrics.items() if self._metrics.get(name) is not value}
        self._metrics = metrics
        figures: dict[str, Any] = {f"{name}{SCRIPT}" if name in TAKEN else name: value for name, value in new.items()}
        if loss is not None:
            figures["loss"] = loss
        if figures:
            self.recorder.log(trainer.global_step, **figures)
