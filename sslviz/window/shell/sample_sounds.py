"""Plays the pinned sample if it is a sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from sslviz.core.messages import Notice
from sslviz.window.runs.session import Session

if TYPE_CHECKING:
    from sslviz.window.samples.sound_player import SoundPlayer


class SampleSounds(QObject):
    """Plays the pinned sample of the current run; the player is made when it is first needed."""

    noticed = Signal(object)
    """Notice: a message that the user should read."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._player: SoundPlayer | None = None
        self._told: set[str] = set()
        self.play_pinned = True
        """Whether the window plays a sample when the user pins it."""

    def play_clicked(self) -> None:
        """Play the pinned sample, which the user has just clicked, unless :attr:`play_pinned` is false."""
        if self.play_pinned:
            self._play()

    def play(self) -> None:
        """Play the pinned sample on request; if it cannot be played, tell the reason even if it was told before."""
        self._told.clear()
        self._play()

    def _play(self) -> None:
        """Play the pinned sample; nothing happens if it is no sound, or if this computer cannot play sound."""
        probe, pinned = self._session.run.probe, self._session.run.pinned
        if probe is None or pinned is None or probe.sounds is None:
            return
        from sslviz.window.samples.sound_programs import why_silent

        if not why_silent(probe):
            self._made().play(np.asarray(probe.sounds.numpy()[pinned], np.int16), probe.sample_rate)

    def close(self) -> None:
        """End the sound that is being played, and delete the player's file."""
        if self._player is not None:
            self._player.close()

    def _made(self) -> SoundPlayer:
        from sslviz.window.samples.sound_player import SoundPlayer

        if self._player is None:
            self._player = SoundPlayer(parent=self)
            self._player.failed.connect(self._tell)
        return self._player

    def _tell(self, reason: str) -> None:
        """Tell the user that a sound could not be played; the clicks on samples tell each reason once."""
        if reason not in self._told:
            self._told.add(reason)
            self.noticed.emit(Notice(level="warning", text=f"The sample could not be played: {reason}"))
