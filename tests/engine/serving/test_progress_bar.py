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


def test_a_count_that_goes_on_is_not_appended_to_a_file_each_time_but_other_work_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bar = ProgressBar(steps=100, seconds=None)
    for read in range(1000):
        bar.send(Progress(text=f"Reading pictures: {read:,} of 2,048 are read", fraction=read / 2048))
    bar.send(Progress(text="Encoding the samples"))
    bar.send(Progress(text="Saving the run"))
    bar.close()
    said = capsys.readouterr().err
    assert said.count("Reading pictures") == 1
    assert "Encoding the samples" in said
