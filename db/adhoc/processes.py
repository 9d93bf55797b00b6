"""Processes that run strangers' SQL, one question at a time, and are killed when late."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any, Final

from db.adhoc.limits import Limits, refusal, too_large, too_much_disk, too_slow
from db.adhoc.turns import Turn
from db.faults import AWAY, Unavailable, meaning

#: A query ends itself when its time is over; one long step of it cannot, and is killed so much later.
GRACE: Final = 0.5
#: How much these processes stand back behind those that serve pages.
NICENESS: Final = 10
#: A question that has a processor for longer than this, in seconds, gets what others leave over from then on.
SHORT: Final = 0.25
#: How often it is looked whether anybody still waits for the answer, in seconds.
LOOK: Final = 0.1
READER = "Run `flowmeter db reader`, which makes that role, or set FLOWMETER_READER_URL; see docs/sql.md"
_CHUNK = 1 << 16
_lock = threading.Lock()
_idle: list[Worker] = []


class Worker:
    """One process with its two pipes."""

    def __init__(self) -> None:
        # -I: neither the working directory nor the environment decides which code runs beside strangers' SQL.
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-m", "db.adhoc.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            close_fds=True,
        )
        os.setpriority(os.PRIO_PROCESS, self.process.pid, NICENESS)
        self._held = b""
        self._spent = 0.0
        #: Whether it gets what is left over; nothing brings it back from there.
        self.last = False
        #: The process of the database's server that works for it, where that runs on this machine.
        self.backend: int | None = None
        #: Whether that one has been put behind everybody else.
        self.put_back = False

    def ask(self, question: Mapping[str, Any]) -> None:
        """Hands it a question. `BrokenPipeError` when it is gone."""
        assert self.process.stdin is not None
        self._spent = _spent(self.process.pid)
        self.backend, self.put_back = None, False
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
            self._stand_back_when_long()
            if not select.select([self.process.stdout], [], [], min(until - now, LOOK))[0]:
                continue
            piece = os.read(self.process.stdout.fileno(), _CHUNK)
            if not piece:
                return None
            pieces.append(piece)
        line, _, self._held = b"".join(pieces).partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def _stand_back_when_long(self) -> None:
        if self.backend is not None and not self.put_back and _spent(self.backend) >= SHORT:
            self.put_back = _put_back_backend(self.backend)
            self.backend = self.backend if self.put_back else None
        if self.last or not hasattr(os, "SCHED_IDLE") or _spent(self.process.pid) - self._spent < SHORT:
            return
        self.last = True
        # It may have ended by now: whoever reads from it learns that.
        with contextlib.suppress(ProcessLookupError):
            os.sched_setscheduler(self.process.pid, os.SCHED_IDLE, os.sched_param(0))

    def kill(self) -> None:
        """Ends it at once, whatever it does."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.wait()


def local_backend(login: Mapping[str, Any], session: int) -> int | None:
    """The process of a session of PostgreSQL, where its server runs on this machine; else None.

    A session's number says nothing of another machine, or of a container that counts its own
    processes: the process itself has to say whose session it is.
    """
    host = str(login.get("host") or "")
    if host and not host.startswith("/") and host not in ("localhost", "::1") and not host.startswith("127."):
        return None
    try:
        called = Path(f"/proc/{session}/cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return None
    whose = f" {login.get('user', '')} "
    return session if called.startswith("postgres: ") and whose in called else None


def _put_back_backend(number: int) -> bool:
    """Whether the system let the process be put behind everybody else; it ends with its question."""
    if not hasattr(os, "SCHED_IDLE"):
        return False
    try:
        os.sched_setscheduler(number, os.SCHED_IDLE, os.sched_param(0))
    except OSError:
        return False
    return True


def _spent(number: int) -> float:
    """Seconds that a process has had a processor, where the system tells; else none."""
    try:
        told = Path(f"/proc/{number}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    user, system = told.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def ask(
    question: dict[str, Any],
    limits: Limits,
    turn: Turn | None = None,
    *,
    gone: Callable[[], bool] = lambda: False,
) -> Generator[dict[str, Any], None, None]:
    """The worker's messages about a question: column names, batches of rows, and how it ended.

    `question` holds the statement, its parameters and where to ask it. Leaving the
    iterator early kills the query, and so does `gone` when it says that nobody waits
    for the answer any more; `turn` is given back when it is over. Raises `DatabaseError`
    when it is refused, too slow or too large.
    """
    bounds = {
        "seconds": limits.seconds,
        "rows": limits.rows,
        "bytes": limits.answer,
        "memory": limits.memory,
    }
    used = _Used()
    try:
        yield from _asked(question | bounds, limits, gone, used)
    finally:
        if turn is not None:
            turn.end(used.seconds)


class _Used:
    """How long a server that cannot be put back worked on a question, beyond a short one; else nothing."""

    seconds = 0.0


def _asked(
    question: Mapping[str, Any], limits: Limits, gone: Callable[[], bool], used: _Used
) -> Generator[dict[str, Any], None, None]:
    worker = _taken()
    whole = False
    began = time.monotonic()
    waited_in_all = 0.0
    try:
        worker.ask(question)
        deadline = time.monotonic() + limits.seconds + GRACE
        while not whole:
            message = worker.answer(deadline, gone)
            if message is None:
                # Nothing but the system's own limit on its memory ends a worker that nobody killed.
                raise too_large(limits)
            if "refused" in message:
                whole = True
                raise _refused(message, limits)
            if "session" in message:
                worker.backend = local_backend(question["login"], message["session"])
            whole = "end" in message
            # A reader who takes the rows slowly does not use up the query's time.
            waited = time.monotonic()
            yield message
            waited_in_all += time.monotonic() - waited
            deadline += time.monotonic() - waited
    except TimeoutError as error:
        raise too_slow(limits) from error
    finally:
        took = time.monotonic() - began - waited_in_all
        if "login" in question and not worker.put_back and took >= SHORT:
            used.seconds = took
        _put_back(worker, whole)


def _refused(message: Mapping[str, Any], limits: Limits) -> Exception:
    kind = message["refused"]
    if kind == "time":
        return too_slow(limits)
    if kind == "memory":
        return too_large(limits)
    if kind == "disk":
        return too_much_disk()
    told = meaning(message["why"]) if kind in ("login", "away") else None
    if told is not None and told.happened == AWAY:
        # Not the query is at fault.
        return Unavailable(
            f"got no answer: the database: {told.happened}", to="the query", next_step=told.next_step
        )
    if kind == "login":
        return refusal(f"cannot be asked as a reader ({message['why']})", READER)
    return refusal(
        f"failed ({message['why']})",
        "docs/sql.md lists the tables and what may be asked",
        message.get("position"),
    )


def _taken() -> Worker:
    with _lock:
        while _idle:
            worker = _idle.pop()
            if worker.process.poll() is None:
                return worker
            worker.kill()
    return Worker()


def _put_back(worker: Worker, whole: bool) -> None:
    if not whole or worker.last:
        worker.kill()
    if not whole:
        return
    with _lock:
        # One that stood back cannot come forward again; another one starts while nobody waits for it.
        _idle.append(Worker() if worker.last else worker)


@atexit.register
def end_all() -> None:
    """Ends the idle processes; they would end by themselves with this one, as their pipes close."""
    with _lock:
        while _idle:
            _idle.pop().kill()
