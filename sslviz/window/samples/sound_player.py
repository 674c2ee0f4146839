"""Plays short sounds with a program of the desktop, without waiting for it."""

from __future__ import annotations

import io
import sys
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QProcess, QTemporaryDir, Signal

from sslviz.window.samples.sound_programs import commands

Audio = npt.NDArray[np.int16]
PEAK, MIN_PEAK = 0.6, 0.02
"""Largest amplitude of what is played, as a share of full scale, and the smallest that is amplified to it."""
RAMP_S, SILENCE_S = 0.005, 0.04
"""Length of the fade at both ends, and of the silence around the sound, which some players cut off, in seconds."""
LAST_WAIT_MS = 500
"""Maximum time to wait for the end of a program that was told to end, in milliseconds."""


class SoundPlayer(QObject):
    """Plays one sound at a time: a new one ends the one before.

    If the first program fails, for example since its sound server does not run, the next one is tried.
    """

    failed = Signal(str)
    """The sound could not be played: the last line that the last program wrote to standard error."""

    def __init__(self, programs: list[list[str]] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._programs = commands(sys.platform) if programs is None else programs
        self._waiting: list[list[str]] = []
        self._process: QProcess | None = None
        self._folder = QTemporaryDir()

    def play(self, samples: Audio, rate: int) -> None:
        """Play ``samples``, int16[T], at ``rate`` audio samples per second; return at once."""
        self.stop()
        path = Path(self._folder.filePath("sample.wav"))
        try:
            path.write_bytes(wav_bytes(prepared(samples, rate), rate))
        except OSError as error:
            self.failed.emit(error.strerror or str(error))
            return
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(str(path), winsound.SND_FILENAME | winsound.SND_ASYNC | winsound.SND_NODEFAULT)
            return
        self._waiting = [[*command, str(path)] for command in self._programs]
        self._start_next("no program that plays sound was found")

    def stop(self) -> None:
        """End the sound that is being played, if any."""
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(None, 0)
        process, self._process, self._waiting = self._process, None, []
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the sound that is being played, and delete the file with it."""
        self.stop()
        for process in self.findChildren(QProcess):
            process.waitForFinished(LAST_WAIT_MS)
        self._folder.remove()

    def _start_next(self, reason: str) -> None:
        """Start the next program; if none is left, emit :attr:`failed` with ``reason``."""
        if not self._waiting:
            self.failed.emit(reason)
            return
        program, *arguments = self._waiting.pop(0)
        process = QProcess(self)
        process.finished.connect(self._ended)
        process.finished.connect(process.deleteLater)
        process.errorOccurred.connect(self._not_started)
        self._process = process
        process.start(program, arguments)

    def _ended(self, code: int, status: QProcess.ExitStatus) -> None:
        process = self.sender()
        if process is not self._process or not isinstance(process, QProcess):
            return  # it was told to end
        self._process = None
        if code != 0 or status is not QProcess.ExitStatus.NormalExit:
            written = bytes(process.readAllStandardError().data()).decode(errors="replace").split("\n")
            last = next((line.strip() for line in reversed(written) if line.strip()), "")
            self._start_next(last or f"{Path(process.program()).name} ended with code {code}")

    def _not_started(self, error: QProcess.ProcessError) -> None:
        process = self.sender()
        if error is QProcess.ProcessError.FailedToStart and isinstance(process, QProcess):
            process.deleteLater()
            if process is self._process:
                self._process = None
                self._start_next(process.errorString())


def prepared(samples: Audio, rate: int) -> Audio:
    """Return ``samples`` at an even loudness, faded at both ends and with silence around them.

    ``samples``: int16[T], ``rate`` audio samples per second.
    """
    wave_form = samples.astype(np.float64) / 2**15
    wave_form *= PEAK / max(float(np.abs(wave_form).max(initial=0)), MIN_PEAK)
    ramp = np.minimum(1, np.arange(len(wave_form)) / (RAMP_S * rate))
    silence = np.zeros(round(SILENCE_S * rate))
    whole = np.concatenate([silence, wave_form * ramp * ramp[::-1], silence])
    return np.asarray(np.rint(whole * (2**15 - 1)), np.int16)


def wav_bytes(samples: Audio, rate: int) -> bytes:
    """Return the content of a WAV file of one channel with ``samples``, int16[T], ``rate`` per second."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return target.getvalue()
