"""Downloads from a server on this machine: interrupted, resumed, cancelled, damaged, and without space."""

from __future__ import annotations

import errno
import hashlib
import http.server
import io
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sslviz.learning.dataset import DataError
from sslviz.learning.io import download
from sslviz.learning.io.download import Download, fetch, has_md5

CONTENT = np.random.default_rng(0).bytes(100_000)
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


def quiet(text: str, fraction: float | None) -> None:
    """A progress callback that does nothing."""


class Server(http.server.ThreadingHTTPServer):
    """Serves :data:`CONTENT` under every path; it can break connections off and forget how to send a part."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.parts = True
        """Whether it sends a part if it is asked for one."""
        self.breaks: list[int] = []
        """After how many bytes the next connections break; None of them if empty."""
        self.sizes = True
        """Whether it says how much it sends."""
        self.content = CONTENT
        self.asked: list[str | None] = []
        """The parts that it was asked for."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/file"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        content, asked = self.server.content, self.headers.get("Range")
        self.server.asked.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.server.parts else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if self.server.sizes:
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        rest = content[start:]
        self.wfile.write(rest[: self.server.breaks.pop(0)] if self.server.breaks else rest)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "BLOCK", 8192)
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "file"


def partial(path: Path, content: bytes = b"") -> Path:
    """The file with what has arrived; with ``content``, it is written."""
    part = path.with_name("file.part")
    if content:
        part.parent.mkdir(exist_ok=True)
        part.write_bytes(content)
    return part


def left(path: Path) -> set[str]:
    return {each.name for each in path.parent.iterdir()}


def load(server: Server, path: Path, progress: Callable[[str, float | None], None] = quiet) -> None:
    fetch("Things", server.url, path, MD5, progress)


def test_a_file_arrives_with_its_progress(server: Server, path: Path) -> None:
    told: list[tuple[str, float | None]] = []
    load(server, path, lambda text, fraction: told.append((text, fraction)))
    assert path.read_bytes() == CONTENT
    assert left(path) == {"file"}
    assert told[-1] == ("Downloading Things, 0 MB", 1.0)
    fractions = [fraction for _, fraction in told]
    assert fractions == sorted(fractions)
    assert len(fractions) == 13
    load(server, path)
    assert server.asked == [None], "what is there is not asked for again"


def test_a_broken_connection_is_followed_by_another_that_goes_on(server: Server, path: Path) -> None:
    server.breaks = [30_000, 20_000]
    fractions: list[float | None] = []
    load(server, path, lambda _, fraction: fractions.append(fraction))
    assert path.read_bytes() == CONTENT
    assert server.asked == [None, "bytes=30000-", "bytes=50000-"]
    assert fractions == sorted(fractions), "it does not begin again from zero"


def test_a_connection_that_brings_nothing_is_an_error_and_what_arrived_stays(server: Server, path: Path) -> None:
    server.breaks = [30_000, 0]
    with pytest.raises(
        DataError, match=r"^Things could not be downloaded from http[^\n]* 0 of 0 MB\. [^\n]*online"
    ) as e:
        load(server, path)
    assert str(e.value).endswith("It goes on where it was interrupted.")
    assert partial(path).read_bytes() == CONTENT[:30_000]
    assert not path.exists(), "half a file is not taken for the whole"
    load(server, path)
    assert server.asked[-1] == "bytes=30000-"
    assert path.read_bytes() == CONTENT


def test_a_server_that_is_gone_is_an_error_and_what_arrived_stays(server: Server, path: Path) -> None:
    gone = Download("Things", "http://127.0.0.1:9/file", path, MD5, quiet)
    partial(path, CONTENT[:500])
    with pytest.raises(DataError, match=r"could not be downloaded from http://127\.0\.0\.1:9/file: "):
        gone.run()
    assert partial(path).read_bytes() == CONTENT[:500]


def test_a_cancelled_download_goes_on_the_next_time(server: Server, path: Path) -> None:
    def cancel(text: str, fraction: float | None) -> None:
        if fraction and fraction > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(server, path, cancel)
    assert left(path) == {"file.part"}
    arrived = partial(path).stat().st_size
    assert 50_000 < arrived < 70_000
    load(server, path)
    assert server.asked == [None, f"bytes={arrived}-"]
    assert path.read_bytes() == CONTENT
    assert left(path) == {"file"}


def test_a_server_that_sends_no_parts_begins_again(server: Server, path: Path) -> None:
    server.parts = False
    partial(path, CONTENT[:30_000])
    load(server, path)
    assert server.asked == ["bytes=30000-"]
    assert path.read_bytes() == CONTENT


def test_without_a_size_the_sum_alone_tells_the_end(server: Server, path: Path) -> None:
    server.sizes = False
    fractions: list[float | None] = []
    load(server, path, lambda _, fraction: fractions.append(fraction))
    assert path.read_bytes() == CONTENT
    assert set(fractions) == {None}
    path.unlink()
    server.breaks = [30_000]
    with pytest.raises(DataError, match="arrived damaged"):
        load(server, path)
    assert left(path) == set()


@pytest.mark.parametrize("content", [CONTENT, CONTENT + b"more", b"another file" * 20_000], ids=len)
def test_a_complete_part_is_checked_and_used_or_replaced(server: Server, path: Path, content: bytes) -> None:
    """The program was killed just before the file got its name, or the part is of no use."""
    partial(path, content)
    load(server, path)
    assert server.asked == [f"bytes={len(content)}-", None][: 1 if content == CONTENT else 2]
    assert path.read_bytes() == CONTENT
    assert left(path) == {"file"}


@pytest.mark.parametrize("arrived", [b"", CONTENT[:30_000]], ids=["new", "resumed"])
def test_a_download_is_hashed_once(server: Server, path: Path, monkeypatch: pytest.MonkeyPatch, arrived: bytes) -> None:
    """Of a file of gigabytes that takes a while."""
    hashed: list[str] = []
    monkeypatch.setattr(download, "has_md5", lambda file, md5: hashed.append(file.name) or has_md5(file, md5))
    partial(path, arrived)
    load(server, path)
    assert path.read_bytes() == CONTENT
    assert hashed == ["file", "file.part"]


def test_a_part_of_another_version_begins_again(server: Server, path: Path) -> None:
    partial(path, b"x" * 1000)
    load(server, path)
    assert server.asked == ["bytes=1000-", None]
    assert path.read_bytes() == CONTENT


def test_a_damaged_file_is_an_error_and_leaves_nothing(server: Server, path: Path) -> None:
    server.content = CONTENT[:-1] + b"!"
    with pytest.raises(DataError, match=r"^The download of Things arrived damaged\. Try again later\.$"):
        load(server, path)
    assert left(path) == set()


def test_too_little_space_is_said_first(server: Server, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=110_000))
    archive = Download("Things", server.url, path, MD5, quiet, unpacked=0.2)
    with pytest.raises(DataError, match=r"^Things needs 0.0 GB more in [^\n]*cache, and 0.0 GB are free there\. Make"):
        archive.run()
    assert left(path) == set()
    partial(path, CONTENT[:50_000])
    archive.run()
    assert path.read_bytes() == CONTENT, "what has arrived needs no more space"


def test_a_full_disk_costs_nothing_that_has_arrived(
    server: Server, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.FileIO):
        def write(self, block: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    partial(path, CONTENT[:50_000])
    told = pytest.raises(DataError, match=r"^Things could not be kept or read in .*No space left")
    with monkeypatch.context() as disk, told, download.errors_as_data_errors(path.parent, "Things"):
        disk.setattr(Path, "open", lambda path, mode: Full(path, mode.replace("b", "")))
        load(server, path)
    assert partial(path).stat().st_size == 50_000
    load(server, path)
    assert path.read_bytes() == CONTENT


OTHER = """
import sys
from sslviz.learning.io.download import one_process_at_a_time
with one_process_at_a_time("Things", print):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_one_process_at_a_time_and_the_other_can_be_cancelled() -> None:
    told: list[str] = []

    def cancel(text: str, fraction: float | None) -> None:
        told.append(text)
        raise KeyboardInterrupt

    command = [sys.executable, "-c", OTHER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(KeyboardInterrupt), download.one_process_at_a_time("Things", cancel):
            pytest.fail("both are inside")
        with download.one_process_at_a_time("Other things", cancel):
            pass
        other.kill()
        other.wait()
        with download.one_process_at_a_time("Things", quiet):
            told.append("inside")
    assert told == ["Waiting for another sslviz that loads Things", "inside"], "a killed process holds nothing"


def test_without_locks_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path / "file")
    with download.one_process_at_a_time("Things", quiet):
        pass

    def refuse(*_: object, **__: object) -> None:
        raise NotImplementedError("no flock here")

    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(download.FileLock, "acquire", refuse)
    with download.one_process_at_a_time("Things", quiet):
        pass


def test_an_error_inside_is_not_swallowed() -> None:
    with pytest.raises(NotImplementedError), download.one_process_at_a_time("Things", quiet):
        raise NotImplementedError
