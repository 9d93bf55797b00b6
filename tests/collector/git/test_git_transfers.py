"""A git that transfers never outlives its use: not when it hangs, and not when its Flowmeter is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.errors import CollectorError
from collector.git import clones, transfers

ROOT = Path(__file__).resolve().parents[3]
FETCHING = "import sys; from collector.git import clones\nwith clones.opened(sys.argv[1], 'owner/name'): pass"


@pytest.fixture
def silent() -> Iterator[tuple[str, socket.socket]]:
    """The address of a server that takes every connection and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(60)
        yield f"git://127.0.0.1:{server.getsockname()[1]}/name", server


@pytest.fixture
def origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    made = ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "--allow-empty", "-m", "x"]
    subprocess.run(["git", "init", "-q", "-b", "main", "origin"], check=True)
    subprocess.run(["git", "-C", "origin", *made], check=True)
    return (tmp_path / "origin").as_uri()


def test_a_git_that_outlives_its_killed_parent_is_ended_by_the_next_run(
    silent: tuple[str, socket.socket], origin: str
) -> None:
    address, server = silent
    with subprocess.Popen(
        [sys.executable, "-c", FETCHING, address], env=os.environ | {"PYTHONPATH": str(ROOT)}
    ) as parent:
        taken, _ = server.accept()
        parent.send_signal(signal.SIGKILL)
    holder, group, *_ = Path("var/clones/owner+name.lock").read_text().split("\n")
    os.killpg(int(group), 0)  # it lives
    assert str(parent.pid) in holder
    with clones.opened(origin, "owner/name") as repository:
        assert clones.head(repository)
    taken.settimeout(10)
    while taken.recv(4096):
        pass  # what git had asked for; its end closes the connection
    taken.close()


def test_a_transfer_of_a_living_process_is_left_alone_until_it_is_ended_by_hand(
    silent: tuple[str, socket.socket], origin: str
) -> None:
    address, server = silent
    raised: list[CollectorError] = []

    def fetch() -> None:
        try:
            with clones.opened(address, "owner/name"):
                pass
        except CollectorError as error:
            raised.append(error)

    thread = threading.Thread(target=fetch)
    thread.start()
    taken, _ = server.accept()
    with (
        pytest.raises(CollectorError, match="another process is still cloning"),
        clones.opened(origin, "owner/name"),
    ):
        pass
    assert transfers.end(thread.ident) == 1
    thread.join(30)
    taken.close()
    assert len(raised) == 1
    with clones.opened(origin, "owner/name") as repository:
        assert clones.head(repository)
