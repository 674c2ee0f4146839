"""The embeddings of one call of :meth:`sslviz.Recorder.log`, which are written now or later."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import numpy.typing as npt

from sslviz.core import recorder_inputs
from sslviz.core.recorder_inputs.arrays import as_array
from sslviz.core.run_writer.figures import is_on_device

Arrays = dict[str, npt.NDArray[Any]]
"""Arrays of a snapshot: ``h`` float32[n, d], and perhaps ``z`` float32[V, n, D], ``similarity`` float32[R, R] and
``patches`` float32[m, p, q, e]."""
COMPARED = 16
"""Maximum number of elements along each dimension that are compared to find out if an array was changed in place."""


class LoggedEmbeddings:
    """Embeddings of n samples as a script passed them: arrays and tensors of any library, not copied yet.

    Args:
        step: The step of the recording.
        given: The arguments "h", "z", "similarity" and "patches" of :meth:`sslviz.Recorder.log` by name, as far as
            they were passed.
    """

    def __init__(self, step: int, given: dict[str, Any]) -> None:
        self.step, self._given = step, given
        self._some_numbers: dict[str, npt.NDArray[Any]] = {}
        """A few numbers of each array that the script may change in place, as they were when they were logged."""

    def keep(self, *, copy: bool) -> None:
        """Guard against changes in place that the script makes before :meth:`arrays` is called.

        Tensors that are not in the memory of the CPU are copied on their device; the CPU does not wait for this. Numpy
        arrays and tensors in the memory of the CPU are copied if ``copy`` is true. If not, only a few of their numbers
        are copied: if the script changes these numbers, :meth:`arrays` does not use the array. Other values, such as
        lists, are not guarded.
        """
        for name, value in self._given.items():
            is_tensor = hasattr(value, "detach")
            if is_tensor:
                self._given[name] = value.detach().clone() if copy or is_on_device(value) else value.detach()
            elif copy and isinstance(value, np.ndarray):
                self._given[name] = value.copy()
            if not copy and (is_tensor or isinstance(value, np.ndarray)) and not is_on_device(value):
                with contextlib.suppress(ValueError):  # :meth:`arrays` tells what is wrong with it
                    self._some_numbers[name] = _some_numbers(self._given[name])

    def wait(self) -> None:
        """Wait until embeddings on a GPU are computed, so that this time is not measured as a cost of recording."""
        for value in self._given.values():
            if is_on_device(value) and value.numel():
                value.detach()[(0,) * value.ndim].item()

    def arrays(self, report: recorder_inputs.Report) -> tuple[Arrays, int]:
        """Return copies of the embeddings as arrays, and the number of samples that the script passed.

        If z was passed without h, the first view of z is also returned as h. If h was passed and cannot be read, for
        example because it has a wrong shape, z is returned in the same way as without h. If z cannot be read, has
        another number of samples than h, or was changed in place after :meth:`keep`, h is returned without z. The
        similarity matrix and the patches are left out if they cannot be used. ``report`` is called with the reason for
        each of these.

        Raises:
            ValueError: There is neither h nor z; h was changed in place after :meth:`keep` (z is not returned then,
                since its first view would stand among h of other steps); or neither h nor z can be used.
        """
        arrays, total = self._embeddings(report)
        try:
            arrays |= self._similarity(report)
        except Exception as error:
            report(f"Step {self.step} is recorded without the similarity matrix: {error}")
        try:
            arrays |= self._patches(report, total)
        except Exception as error:
            report(f"Step {self.step} is recorded without patches: {error}")
        return {name: array if array.flags.owndata else array.copy() for name, array in arrays.items()}, total

    def _embeddings(self, report: recorder_inputs.Report) -> tuple[Arrays, int]:
        if "h" not in self._given and "z" not in self._given:
            matrix = "similarity" in self._given
            raise ValueError(f"{'a similarity matrix needs' if matrix else 'patches need'} h or z in the same call")
        if "h" not in self._given:
            return self._z_alone()
        given = self._unchanged("h")
        try:
            embeddings, total = recorder_inputs.embeddings(given)
        except Exception as error:
            if "z" not in self._given:
                raise
            found = self._z_alone()
            report(f"Step {self.step} is recorded without h: {error}")
            return found
        try:
            return {"h": embeddings, **self._views(total)}, total
        except Exception as error:
            report(f"Step {self.step} is recorded without z: {error}")
            return {"h": embeddings}, total

    def _z_alone(self) -> tuple[Arrays, int]:
        views, total = recorder_inputs.views(self._unchanged("z"))
        return {"h": views[0], "z": views}, total

    def _views(self, total: int) -> Arrays:
        if "z" not in self._given:
            return {}
        views, count = recorder_inputs.views(self._unchanged("z"))
        if count != total:
            raise ValueError(f"it has {count} rows and h has {total}")
        return {"z": views}

    def _similarity(self, report: recorder_inputs.Report) -> Arrays:
        if "similarity" not in self._given:
            return {}
        matrix, size = recorder_inputs.square(self._unchanged("similarity"))
        if size > len(matrix):
            report(f"Step {self.step}: of {size} rows of the similarity matrix the first {len(matrix)} are kept")
        return {"similarity": matrix}

    def _patches(self, report: recorder_inputs.Report, total: int) -> Arrays:
        if "patches" not in self._given:
            return {}
        if total > recorder_inputs.MAX_ROWS:
            raise ValueError(f"they are recorded of at most {recorder_inputs.MAX_ROWS:,} samples")
        patches, count = recorder_inputs.patches(self._unchanged("patches"))
        if count > total:
            raise ValueError(f"they are of {count} samples and h is of {total}")
        if count > len(patches):
            report(f"Step {self.step}: of {count} samples the patches of the first {len(patches)} are kept")
        return {"patches": patches}

    def _unchanged(self, name: str) -> Any:  # noqa: ANN401 - as the script passed it
        value, before = self._given[name], self._some_numbers.get(name)
        if before is not None and not np.array_equal(_some_numbers(value), before, equal_nan=True):
            raise ValueError(f"{name} was changed in place after it was logged; pass a copy of it")
        return value


def _some_numbers(array: Any) -> npt.NDArray[Any]:  # noqa: ANN401 - an array or a tensor in the memory of the CPU
    """Return a copy of evenly spaced elements of an array, at most :data:`COMPARED` along each dimension.

    They show later whether the script has changed the array in place since it was logged.
    """
    part = array[tuple(slice(None, None, max(-(-size // COMPARED), 1)) for size in array.shape)]
    return np.array(as_array(part))
