"""The progress bar of a headless run says what is done before the first step."""

from __future__ import annotations

import pytest

from sslviz.core.messages import Progress
from sslviz.engine.serving.progress_bar import ProgressBar


def test_what_is_done_before_the_first_step_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    bar = ProgressBar(steps=100, seconds=None)
    bar.send(Progress(text="Reading STL-10", fraction=0.25))
    bar.close()
    assert "Reading STL-10 25%" in capsys.readouterr().err
