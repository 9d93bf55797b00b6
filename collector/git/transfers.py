"""Transfers by git: one a clone, none that outlives its use, and all of them ended when we are to end."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from collector.errors import CollectorError
from db import leases

#: How long a git whose Flowmeter was killed may take to end after it is told to, in seconds.
BURIAL = 5.0
#: The shell notes its own process group in the lock's file, and becomes git: there is no instant at which git
#: runs and nobody could say where.
_NOTED = 'echo "$$" >> "$0" && exec "$@"'
#: Process groups of the transfers of this process, by the thread that waits for each.
_running: dict[int, int] = {}


@contextmanager
def alone(file: Path, shown: str) -> Iterator[int]:
    """The lock of a clone, as a file descriptor that goes with git: it is free when both are gone.

    A git that a killed Flowmeter has left behind is ended first. Raises `CollectorError`
    when another process is at work on the clone.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise CollectorError(
            f"the clone cannot be kept ({error.strerror})", to=shown, next_step="Make the folder writable"
        ) from error
    try:
        if not _locked(lock) and not (_ended_what_was_left(file) and _locked_within(lock, BURIAL)):
            raise CollectorError(
                "another process is still cloning or reading it",
                to=shown,
                next_step="Nothing to do: the next scheduled run tries again",
            )
        os.truncate(lock, 0)
        os.pwrite(lock, f"{leases.process_name()}\n".encode(), 0)
        yield lock
    finally:
        os.close(lock)


def transfer(
    arguments: Sequence[str],
    *,
    folder: Path,
    variables: Mapping[str, str],
    limit: float,
    lock: int,
    noted: Path,
) -> subprocess.CompletedProcess[bytes]:
    """git's answer to a command that goes over the network; it is ended after `limit` seconds.

    It runs in a process group of its own, which `noted`, the file of `lock`, names. Raises
    what `subprocess.run` does.
    """
    command = ["sh", "-c", _NOTED, str(noted), "git", *arguments]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=variables,
        cwd=folder,
        pass_fds=(lock,),
        process_group=0,
    ) as process:
        thread = threading.get_ident()
        _running[thread] = process.pid
        try:
            said, complained = process.communicate(timeout=limit)
        except BaseException:
            _end(process.pid, signal.SIGKILL)
            raise
        finally:
            _running.pop(thread, None)
    return subprocess.CompletedProcess(command, process.returncode, said, complained)


def end(thread: int | None = None) -> int:
    """End the transfer that a thread waits for, or all of this process; returns how many there were."""
    groups = [group for waits, group in list(_running.items()) if thread in (None, waits)]
    for group in groups:
        _end(group, signal.SIGTERM)
    return len(groups)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _locked_within(lock: int, seconds: float) -> bool:
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not _locked(lock):
        if time.monotonic() > deadline:
            return False
        pause.wait(0.02)
    return True


def _ended_what_was_left(file: Path) -> bool:
    """End the git that has the lock when the Flowmeter that started it is no more.

    Whoever has the lock is in the group that the file names, so the group's number is nobody else's yet.
    """
    holder, *groups = file.read_text(encoding="utf-8").split("\n")
    if not leases.is_gone(f"{holder}:"):
        return False
    for group in groups:
        if group.isdigit():
            _end(int(group), signal.SIGKILL)
    return True


def _end(group: int, how: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # it has ended, which is what is wanted
        os.killpg(group, how)
