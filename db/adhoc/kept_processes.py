"""Processes that work for strangers: they stand back, they can be killed, and are kept between questions."""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final

from db.adhoc.standing_back import put_back, spent

#: How much these processes stand back behind those that serve pages.
NICENESS: Final = 10
#: How often it is looked whether anybody still waits for the answer, in seconds.
LOOK: Final = 0.1
#: So many of a kind are kept without a question.
KEPT: Final = 4
_CHUNK: Final = 1 << 16
_lock = threading.Lock()
#: Those without a question, by their module and by whether they got what is left over.
_idle: defaultdict[tuple[str, bool], list[Worker]] = defaultdict(list)


class Worker:
    """One process with its two pipes."""

    def __init__(self, module: str) -> None:
        self.module = module
        # -I: neither the working directory nor the environment decides which code runs beside strangers' SQL.
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            close_fds=True,
        )
        os.setpriority(os.PRIO_PROCESS, self.process.pid, NICENESS)
        #: Whether it has said that it is there, where it says so.
        self.ready = False
        self._held = b""
        self._spent = 0.0
        self._short = float("inf")
        #: Whether it gets what is left over; nothing brings it back from there.
        self.last = False
        #: The process of the database's server that works for it, where that runs on this machine.
        self.backend: int | None = None
        #: Since when whoever works on its question, that process or itself, stands behind everybody else.
        self.put_back_at: float | None = None

    def ask(self, question: Mapping[str, Any], short: float = float("inf")) -> None:
        """Hands it a question, which stands back after `short` seconds of a processor.

        `BrokenPipeError` when it is gone.
        """
        assert self.process.stdin is not None
        self._spent, self._short = spent(self.process.pid), short
        self.backend, self.put_back_at = None, None
        self.process.stdin.write(json.dumps(question).encode("ascii") + b"\n")
        self.process.stdin.flush()

    def answer(self, until: float, gone: Callable[[], bool]) -> dict[str, Any] | None:
        """Its next line; None when it has ended. `TimeoutError` when nothing came `until` then, or `gone`."""
        assert self.process.stdout is not None
        pieces = [self._held]
        while b"\n" not in pieces[-1]:
            now = time.monotonic()
            if now >= until or gone():
                raise TimeoutError
            self._put_back_when_long()
            if not select.select([self.process.stdout], [], [], min(until - now, LOOK))[0]:
                continue
            piece = os.read(self.process.stdout.fileno(), _CHUNK)
            if not piece:
                return None
            pieces.append(piece)
        line, _, self._held = b"".join(pieces).partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def _put_back_when_long(self) -> None:
        if self.backend is not None and self.put_back_at is None and spent(self.backend) >= self._short:
            if put_back(self.backend):
                self.put_back_at = time.monotonic()
            else:
                self.backend = None
        if not self.last and spent(self.process.pid) - self._spent >= self._short:
            # It may have ended by now: whoever reads from it learns that.
            self.last = put_back(self.process.pid)

    def kill(self) -> None:
        """Ends it at once, whatever it does."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.wait()

    def give_back(self, whole: bool) -> None:
        """Keeps it for the next question where its answer came `whole`, and ends it otherwise."""
        if not whole:
            self.kill()
            return
        # One that stood back cannot come forward again; another one starts while nobody waits for it.
        fresh = Worker(self.module) if self.last and not _idle[self.module, False] else None
        with _lock:
            for worker in filter(None, (self, fresh)):
                idle = _idle[worker.module, worker.last]
                if len(idle) < KEPT:
                    idle.append(worker)
                else:
                    worker.kill()


def taken(module: str, last: bool = False) -> Worker:
    """One that waits, or a new one; `last` where it is to get what is left over from the start."""
    with _lock:
        while _idle[module, last]:
            worker = _idle[module, last].pop()
            if worker.process.poll() is None:
                return worker
            worker.kill()
    worker = Worker(module)
    if last:
        worker.last = put_back(worker.process.pid)
    return worker


@atexit.register
def end_all() -> None:
    """Ends the idle processes; they would end by themselves with this one, as their pipes close."""
    with _lock:
        for idle in _idle.values():
            while idle:
                idle.pop().kill()
