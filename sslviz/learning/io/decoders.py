"""Decoders of pictures, each for one thread: in a process of its own for files, in the thread itself for arrays."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

import torch

from sslviz.core.log import logger
from sslviz.core.module_command import module_command
from sslviz.core.priority import lower_priority
from sslviz.learning.dataset import DataError
from sslviz.learning.io.decoder_process import Decoded, Request, Result, decoded, read, result_of, write
from sslviz.learning.io.picture_source import PictureSource
from sslviz.learning.io.pictures import Shape, UnreadableError

COMMAND = module_command("sslviz.learning.io.decoder_process")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Environment variables that keep NumPy from starting threads, which decoding does not use."""
LIMIT_S = 20.0
"""Time limit of a request in seconds. A picture of the largest size takes two on a core of its own."""
START_S = 60.0
"""Time limit of the start of a process, in seconds, which takes .3 on a machine with nothing else to do."""


class CancelledError(Exception):
    """Raised by a decoder that was cancelled."""


class Decoder(ABC):
    """Decodes pictures, in one thread; only :meth:`cancel` may be called from any.

    Without a shape, it says what they are like.
    """

    @abstractmethod
    def decode(self, indices: Sequence[int]) -> Decoded:
        """Return the pictures at these indices.

        Raises:
            CancelledError: the decoder was cancelled.
            DataError: nothing can be decoded.
        """

    @abstractmethod
    def cancel(self) -> None:
        """End the decoding, at once if it is done in a process."""

    @abstractmethod
    def lower_priority(self) -> None:
        """Decode at low priority from now on, with the time that training leaves, if it is done in a process."""

    @abstractmethod
    def close(self) -> None:
        """End the process, if there is one."""


class ThreadDecoder(Decoder):
    """Decodes the pictures of any source in the thread that calls it."""

    def __init__(self, source: PictureSource, shape: Shape | None) -> None:
        self._source, self._shape = source, shape
        self._cancelled = False

    def decode(self, indices: Sequence[int]) -> Decoded:
        return decoded(map(self._picture, indices))

    def cancel(self) -> None:
        self._cancelled = True

    def lower_priority(self) -> None:
        pass

    def close(self) -> None:
        pass

    def _picture(self, index: int) -> Result:
        if self._cancelled:
            raise CancelledError
        try:
            with self._source.image(index) as image:
                return result_of(image, self._shape)
        except UnreadableError as error:
            return str(error)


class ProcessDecoder(Decoder):
    """Decodes picture files in a child process, which is replaced if a picture makes it crash or hang.

    ``files``: the paths of all pictures.
    """

    def __init__(self, files: Sequence[bytes], shape: Shape | None) -> None:
        self._files, self._shape = files, shape
        self._lock = threading.Lock()  # guards the next three
        self._process: subprocess.Popen[bytes] | None = None
        self._cancelled = self._low_priority = False
        self._late = False
        """Whether the time limit has ended the last request."""

    def decode(self, indices: Sequence[int]) -> Decoded:
        answer = self._ask(indices)
        if answer is not None:
            return answer
        if len(indices) == 1:
            reason = f"takes longer than {LIMIT_S:.0f} s to decode" if self._late else "crashes the decoder"
            return Decoded([reason])
        return joined(self.decode([index]) for index in indices)

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            if self._process is not None:
                self._process.kill()

    def lower_priority(self) -> None:
        with self._lock:
            self._low_priority = True
            if self._process is not None:
                lower_priority(self._process)

    def close(self) -> None:
        """Kill the process, which has nothing to save, and wait for its end."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            with contextlib.suppress(OSError):  # a request that was not sent
                process.communicate()

    def _ask(self, indices: Sequence[int]) -> Decoded | None:
        """Return the answer of the process, or None if it has ended or took too long; it is ended then."""
        process = self._started()
        try:
            answer = self._answer(process, Request([self._files[index] for index in indices], self._shape), LIMIT_S)
        except (OSError, ValueError):  # it is gone
            answer = None
        if self._cancelled:
            raise CancelledError
        if answer is not None and len(answer.reasons) == len(indices):
            return answer
        self.close()
        return None

    def _started(self) -> subprocess.Popen[bytes]:
        """Return the process, which is started if there is none. Raises DataError if that is not possible."""
        with self._lock:
            if self._cancelled:
                raise CancelledError
            if self._process is not None:
                return self._process
            try:
                self._process = process = _start()
            except OSError as error:
                raise DataError(f"The process that decodes pictures cannot be started: {error}.") from error
            if self._low_priority:
                lower_priority(process)
        if self._answer(process, None, START_S) is None and not self._cancelled:
            logger("engine").warning("the process that decodes pictures ended with code %s", process.poll())
            raise DataError("The process that decodes pictures ends as soon as it is started; see the log.")
        return process

    def _answer(self, process: subprocess.Popen[bytes], request: Request | None, seconds: float) -> Decoded | None:
        """Send a request if there is one, and return the answer; None if the process has ended or took too long."""
        assert process.stdin is not None
        assert process.stdout is not None
        self._late = False
        deadline = threading.Timer(seconds, self._kill, [process])
        deadline.daemon = True
        deadline.start()
        try:
            if request is not None:
                write(process.stdin, request)  # type: ignore[arg-type]
            return read(process.stdout, Decoded)  # type: ignore[arg-type]
        finally:
            deadline.cancel()
            deadline.join()

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        self._late = True
        process.kill()


def decoders_of(source: PictureSource, shape: Shape | None, most: int) -> list[Decoder]:
    """Return decoders of a source, as many as PyTorch has threads but at most ``most``; one if there are no files."""
    files = source.paths()
    if files is None:
        return [ThreadDecoder(source, shape)]
    return [ProcessDecoder(files, shape) for _ in range(min(torch.get_num_threads(), most))]


def joined(answers: Iterable[Decoded]) -> Decoded:
    """Return what became of the pictures of several requests."""
    parts = list(answers)
    chain = itertools.chain.from_iterable
    pixels = b"".join(part.pixels for part in parts)
    return Decoded(list(chain(part.reasons for part in parts)), pixels, list(chain(part.looks for part in parts)))


def _start() -> subprocess.Popen[bytes]:
    environment = {**os.environ, **ONE_THREAD}
    return subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
