"""The dashboard as users serve it, and Datasette over the same file, each in a process of its own."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
STARTING_SECONDS = 180
#: By which root acts on processes of others.
RIGHTS = ("sys_nice", "dac_override", "dac_read_search", "sys_ptrace")


@contextmanager
def dashboard(database: str, *, unprivileged: bool = False) -> Iterator[int]:
    """`flowmeter serve` over a database of that URL: gunicorn, as in the compose file; gives its port.

    `unprivileged` takes from root's what others do not have: a right over processes that are not its own.
    """
    port = free_port()
    program = [Path(sys.executable).with_name("flowmeter"), "serve", "--port", str(port)]
    fewer = ["setpriv", f"--bounding-set=-{',-'.join(RIGHTS)}"] if unprivileged else []
    with _running([*fewer, *program], {"FLOWMETER_DATABASE_URL": database}, port, "/healthz"):
        yield port


@contextmanager
def datasette(programs: Path, file: Path) -> Iterator[int]:
    """Datasette over a SQLite file, as its own documentation serves it; gives its port."""
    port = free_port()
    command = [programs / "datasette", "serve", str(file), "--port", str(port)]
    with _running(command, {}, port, "/-/versions.json"):
        yield port


def install_datasette(folder: Path) -> Path | None:
    """The folder of programs of a virtual environment that holds Datasette; None when it cannot be had."""
    programs = folder / "datasette" / "bin"
    if not (programs / "datasette").exists():
        venv.create(folder / "datasette", with_pip=True)
        installed = subprocess.run(
            [programs / "python", "-m", "pip", "install", "--quiet", "datasette"],
            capture_output=True,
            text=True,
            check=False,
        )
        if installed.returncode:
            told = installed.stderr.strip().splitlines()[-1:]
            print(f"SKIPPED LOUDLY: no figures of Datasette, which could not be installed: {told}")
            return None
    return programs


@contextmanager
def collecting(database: str) -> Iterator[None]:
    """A process that writes facts and computes numbers in part, over and over, while the block lasts."""
    writer = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("writing.py"), database],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
    )
    assert writer.stdout is not None
    try:
        # It says so when its numbers are up to date, and each further round changes a part of them.
        if not writer.stdout.readline():
            sys.exit("the collection that should write did not start")
        yield
        if writer.poll() is not None:
            sys.exit("the collection that should have written ended by itself")
    finally:
        _end(writer)


@contextmanager
def _running(
    command: Sequence[str | Path], variables: Mapping[str, str], port: int, path: str
) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + STARTING_SECONDS
        while not answers(port, path):
            if process.poll() is not None:
                sys.exit(f"{command[0]} ended with {process.returncode} before it answered")
            if time.monotonic() > deadline:
                sys.exit(f"{command[0]} did not answer within {STARTING_SECONDS} s")
            time.sleep(0.05)
        yield
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def answers(port: int, path: str) -> bool:
    """Whether a server answers 200 at the path."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        port: int = candidate.getsockname()[1]
        return port
