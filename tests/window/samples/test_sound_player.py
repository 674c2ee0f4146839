"""Playing sounds: the programs of the three systems, what is handed to them, and what happens if one fails."""

import io
import sys
import wave

import numpy as np
import pytest

from sslviz.window.samples.sound_player import PEAK, SoundPlayer, prepared, wav_bytes
from sslviz.window.samples.sound_programs import commands

RATE = 8_000
TONE = (3000 * np.sin(np.arange(1600) / 4)).astype(np.int16)


def script(text):
    """Return a program that runs ``text`` in Python; the file to play is sys.argv[1]."""
    return [sys.executable, "-S", "-c", f"import shutil, sys, time; {text}"]


@pytest.fixture
def player(qapp):
    made = []

    def make(*programs):
        made.append(SoundPlayer(list(programs)))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("platform", "installed", "expected"),
    [
        ("linux", {"aplay", "pw-play"}, [["/bin/pw-play"], ["/bin/aplay", "-q"]]),
        ("linux", {"paplay"}, [["/bin/paplay"]]),
        ("freebsd14", {"paplay"}, [["/bin/paplay"]]),
        ("linux", {"afplay"}, []),
        ("darwin", {"afplay"}, [["/bin/afplay"]]),
        ("win32", {"aplay"}, []),
    ],
)
def test_each_system_has_its_programs(platform, installed, expected):
    assert commands(platform, lambda name: f"/bin/{name}" if name in installed else None) == expected


def test_the_file_holds_the_sound_at_an_even_loudness_between_silence():
    for samples in (TONE, TONE // 4):
        with wave.open(io.BytesIO(wav_bytes(prepared(samples, RATE), RATE))) as file:
            facts = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            read = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        assert facts == (1, 2, RATE)
        assert len(read) == 320 + len(samples) + 320
        assert not read[:320].any()
        assert not read[-320:].any()
        assert np.abs(read).max() == pytest.approx(PEAK * 2**15, rel=0.01)
        middle = slice(400, 1500)
        assert np.corrcoef(read[320:-320][middle], samples[middle])[0, 1] > 0.999
    assert not prepared(np.zeros(1600, np.int16), RATE).any()


def test_a_program_gets_the_file(player, tmp_path, qtbot):
    target = tmp_path / "heard.wav"
    player(script(f"shutil.copy(sys.argv[1], {str(target)!r})")).play(TONE, RATE)
    qtbot.waitUntil(lambda: target.exists() and target.read_bytes() == wav_bytes(prepared(TONE, RATE), RATE))


def test_where_one_fails_the_next_one_plays(player, tmp_path, qtbot):
    target, told = tmp_path / "heard.wav", []
    missing, failing = [str(tmp_path / "missing")], script("sys.exit(3)")
    made = player(missing, failing, script(f"shutil.copy(sys.argv[1], {str(target)!r})"))
    made.failed.connect(told.append)
    made.play(TONE, RATE)
    qtbot.waitUntil(target.exists)
    assert told == []


def test_the_last_failure_is_told_in_the_words_of_the_program(player, qtbot):
    made = player(script("sys.exit('first')"), script("print('no device', file=sys.stderr); sys.exit('refused')"))
    with qtbot.waitSignal(made.failed) as failed:
        made.play(TONE, RATE)
    assert failed.args == ["refused"]


def test_a_new_sound_ends_the_one_before_and_tells_nothing(player, tmp_path, qtbot):
    begun, late, told = tmp_path / "begun", tmp_path / "late", []
    text = f"open({str(begun)!r}, 'a').write('x'); time.sleep(1); open({str(late)!r}, 'a').write('x')"
    made = player(script(text))
    made.failed.connect(told.append)
    made.play(TONE, RATE)
    qtbot.waitUntil(begun.exists)
    made.play(TONE, RATE)
    qtbot.waitUntil(late.exists)
    qtbot.wait(50)
    assert (late.read_text(), told) == ("x", [])


def test_a_program_that_was_told_to_end_before_it_began_starts_no_other(player, tmp_path, qtbot):
    target, told = tmp_path / "heard.wav", []
    made = player([str(tmp_path / "missing")], script(f"shutil.copy(sys.argv[1], {str(target)!r})"))
    made.failed.connect(told.append)
    made.play(TONE, RATE)
    made.stop()
    qtbot.wait(300)
    assert (target.exists(), told) == (False, [])
