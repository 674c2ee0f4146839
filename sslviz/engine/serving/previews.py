"""Previews: augmented or masked views of a few training samples, made with the settings in the form.

Previews are computed in a thread, and are available before, during and after a run.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from sslviz.core.catalogue import DECISIVE, data_seed, resolve_values
from sslviz.core.entries import Catalogue
from sslviz.core.log import logger
from sslviz.core.messages import Notice, Preview
from sslviz.core.panel_data import Views
from sslviz.core.panel_data.latent_map import files_that_fit
from sslviz.core.settings import SettingError, Values
from sslviz.core.wire import Array
from sslviz.engine.observing.evaluation_samples import map_order
from sslviz.engine.observing.observers import first_labels
from sslviz.engine.serving.request_thread import RequestThread
from sslviz.engine.training.catalogue import objective_class
from sslviz.engine.training.data_cache import DataCache, needs_download
from sslviz.engine.training.run_log import Listener
from sslviz.engine.training.seeds import derived
from sslviz.learning.dataset import DataError, Split
from sslviz.learning.io.thumbnails import thumbnails
from sslviz.learning.objective import Objective

SHOWN = 8
"""Number of samples in a preview."""
SEARCHED = 120
"""Number of samples among which one sample of each class is looked for."""
SIDE = 96
"""Maximum width and height of an image, in pixels."""


class Previews:
    """Computes previews on request, in a thread. If several requests wait, only the newest is answered.

    Args:
        catalogue: the available settings, objectives and data sets.
        data_cache: loads the samples.
        listener: receives the images of a preview, or a notice that says why there are none.
        step: returns the current optimiser step, which is sent with the images.
    """

    def __init__(
        self, catalogue: Catalogue, data_cache: DataCache, listener: Listener, step: Callable[[], int]
    ) -> None:
        self._catalogue, self._data_cache, self._listener, self._step = catalogue, data_cache, listener, step
        self._objectives: dict[tuple[type[Objective], tuple[int, ...]], Objective] = {}
        self._thread = RequestThread("previews", self._answer_or_refuse)

    def ask(self, command: Preview) -> None:
        """Request a preview and return at once."""
        self._thread.ask(command)

    def close(self, seconds: float) -> None:
        """Stop answering requests; wait at most ``seconds`` for the preview in progress."""
        self._thread.close(seconds)

    def _answer_or_refuse(self, command: Preview) -> None:
        try:
            self._answer(command)
        except SettingError as error:
            self._listener.send(Notice(level="refused", key=error.key, text=str(error)))
        except DataError as error:
            self._listener.send(Notice(level="warning", key="data", text=str(error)))
        except Exception as error:
            logger("engine").exception("no preview")
            text = f"The views could not be drawn ({error}). Change a setting."
            self._listener.send(Notice(level="warning", text=text))

    def _answer(self, command: Preview) -> None:
        """Send the views, unless the data have to be downloaded first: the answer to a Rehearse says so."""
        values = resolve_values(self._catalogue, command.values)
        if self._data_cache.holds(values) or not needs_download(values):
            split = self._data_cache.load(values, lambda text, fraction: None)
            self._listener.send(self._views(command, values, split))

    def _views(self, command: Preview, values: Values, split: Split) -> Views:
        """Return the message with the views of the training samples whose indices are in ``command.samples``.

        Indices that do not exist are ignored, and at most :data:`SHOWN` samples are used. If none are left, the samples
        that :func:`shown` chooses are used.
        """
        wanted = [number for number in command.samples if 0 <= number < len(split.train)]
        samples = torch.tensor(wanted[:SHOWN]) if wanted else shown(split, int(data_seed(values)))
        data = split.train.rows(samples)
        objective = self._objective(values, split.train.sample_shape)
        objective.configure(values)
        generator = torch.Generator().manual_seed(derived(int(values["seed"]), "preview", command.draw))
        with torch.no_grad():
            rows = objective.preview(data, generator)
        small = [thumbnails(images, SIDE) for images in rows.values()]
        images = np.stack(small) if small else np.zeros((0, len(data), 0, 0, 3), np.uint8)
        return Views(
            step=self._step(),
            rows=tuple(rows),
            images=Array.of(images),
            generation=command.generation,
            samples=tuple(samples.tolist()),
            files=files_that_fit(split.train.files[index] for index in samples.tolist() if split.train.files),
        )

    def _objective(self, values: Values, shape: tuple[int, ...]) -> Objective:
        """Return the objective that ``values`` choose, for samples of shape ``shape``; the last one is kept and reused.

        Settings that do not decide which objective and data set are used have their defaults at first.
        Its network is on PyTorch's device "meta", which stores no weights, since views need no weights.
        """
        chosen_class = objective_class(self._catalogue, values)
        key = (chosen_class, shape)
        if key not in self._objectives:
            decisive = {name: values[name] for name in DECISIVE if name in values}
            with torch.device("meta"):
                self._objectives = {key: chosen_class(shape, resolve_values(self._catalogue, decisive))}
        return self._objectives[key]


def shown(split: Split, seed: int) -> Tensor:
    """Return the indices of the training samples to show in a preview: int64[m], where m is at most :data:`SHOWN`.

    The samples are taken from the first :data:`SEARCHED` samples in the random order of
    :func:`~sslviz.engine.observing.evaluation_samples.map_order`. If the data set's first label has classes, one sample
    of each class comes first, then further samples.
    """
    order = map_order(split, seed)[:SEARCHED]
    labels = first_labels(split.labels, split.train.select(order))
    firsts = [int((labels == label).nonzero()[0]) for label in torch.unique(labels)]
    others = [row for row in range(len(labels)) if row not in firsts]
    return order[(sorted(firsts) + others)[:SHOWN]]
