"""A process that starts collections and kills them: each in a child of its own, ended by SIGKILL.

It is run by itself (`python -m tests.faults.killing`), with everything imported and without threads, so
that a collection is forked off it in a few milliseconds instead of being started anew. It reads an order
a line on standard input, as JSON, and answers each with a line.
"""

from __future__ import annotations

import json
import logging
import mmap
import os
import random
import select
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

from sqlalchemy import Engine, event

from collector import plan
from collector.collection import Collection
from collector.configuration import Configuration
from collector.jobs import JOBS, Job
from collector.run import Progress
from collector.schedule import AfterCollection, Scheduler
from db.engine import connect
from tests.faults.world import collection, configuration, small_commits

#: How statements begin that write.
WRITING = ("INSERT", "UPDATE", "DELETE", "CREATE", "DROP")
#: A collection that is not over after so many processes that nobody killed never will be.
UNDISTURBED_RUNS = 40


@dataclass(frozen=True)
class Order:
    """What to collect, and how often to end it.

    `at_work` is how jobs are run: `in turn`, as `flowmeter collect` does; `at once`, each in a thread of its
    own; or by the `scheduler`. In turn, each job gets its share of the kills. `seconds` and `steps` are the
    means of what is drawn anew for each process: how long it may live from the job's begin on, or how many
    steps of writing it may take. Jobs that are done are not done again unless `once_more`.
    """

    database: str
    github: str
    folder: str
    now: str
    seed: int
    kills: int
    at_work: str = "in turn"
    seconds: float = 0.03
    steps: int = 12
    once_more: bool = False


@dataclass(frozen=True)
class Killed:
    """A process that was killed: how, and in the midst of what."""

    by: str
    job: str
    in_transaction: bool


@dataclass(frozen=True)
class Ended:
    """What became of an order: every kill, and what processes said of what went wrong otherwise."""

    done: bool
    runs: int
    kills: list[Killed]
    said: list[str]


class Board:
    """A few bytes that a child writes and its parent reads, also when the child is no more."""

    def __init__(self) -> None:
        self._bytes = mmap.mmap(-1, 2)

    def clear(self) -> None:
        """Begin anew."""
        self._bytes[:] = bytes([len(JOBS), 0])

    def begins(self, job: str) -> None:
        """A job is at work."""
        self._bytes[0] = [each.name for each in JOBS].index(job)

    def writes(self, uncommitted: bool) -> None:
        """Something is written and not committed, or nothing is."""
        self._bytes[1] = uncommitted

    @property
    def job(self) -> str:
        """The job that was at work last."""
        return JOBS[self._bytes[0]].name if self._bytes[0] < len(JOBS) else "none yet"

    @property
    def in_transaction(self) -> bool:
        """Whether something was written and not committed."""
        return bool(self._bytes[1])


@dataclass(frozen=True)
class Fate:
    """When a process ends: at a step of writing, or after some seconds, both counted from the begin of a job.

    Steps are the begin and the end of each statement that writes, and each commit. When the job is over
    before, it ends then. None leaves it alone.
    """

    job: str | None = None
    step: int | None = None
    seconds: float | None = None


class Life:
    """A process that may be killed: notes what it is at, and ends at its step."""

    def __init__(self, engine: Engine, board: Board, fate: Fate, begun: Callable[[], None]) -> None:
        self._board = board
        self._fate = fate
        self._begun = begun
        self._steps: int | None = None
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)
        event.listen(engine, "commit", lambda _: self._step())
        event.listen(engine, "reset", lambda *_: board.writes(False))

    def reaches(self, job: str) -> None:
        """A job is about to begin: when it is the one in which this process ends, its time runs from now."""
        self.leaves()
        self._board.begins(job)
        if self._steps is None and self._fate.job in (None, job):
            self._steps = 0
            self._begun()

    def leaves(self) -> None:
        """A job is over: when it is the one in which this process ends, that is now."""
        if self._steps is not None and self._fate.job is not None:
            os.kill(os.getpid(), signal.SIGKILL)

    def _step(self) -> None:
        if self._steps is not None:
            self._steps += 1
            if self._steps == self._fate.step:
                os.kill(os.getpid(), signal.SIGKILL)

    def _before(self, _c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: Any) -> None:
        if statement.lstrip().startswith(WRITING):
            self._step()
            self._board.writes(True)

    def _after(self, _c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: Any) -> None:
        if statement.lstrip().startswith(WRITING):
            self._step()


def collect(
    order: Order, settled: Configuration, board: Board, fate: Fate, begun: Callable[[], None]
) -> bool:
    """One process' work: what is due, by all jobs; whether nothing is left to do."""
    engine = connect(order.database)
    life = Life(engine, board, fate, begun)
    now = datetime.fromisoformat(order.now)
    os.chdir(order.folder)
    ends: list[Progress] = []
    collected = collection(
        engine, settled, order.github, now=now, report=lambda progress: board.begins(progress.job)
    )
    due = not order.once_more
    with small_commits():
        if order.at_work == "in turn":
            collected.prepare()
            for job in JOBS:
                life.reaches(job.name)
                ends += collected.run([job], only_due=due)
            life.leaves()
        else:
            life.reaches(JOBS[0].name)
            _by_the_scheduler(collected) if order.at_work == "scheduler" else _at_once(collected, ends, due)
    for end in ends:
        if end.state != "done":
            print(f"{end.job} {end.target} {end.state}: {end.error}", file=sys.stderr)
    with engine.connect() as connection:
        left = [
            f"{job.name} {target.name}"
            for job in JOBS
            for target in plan.targets(connection, job, settled)
            if plan.is_due(connection, job, target, settled, now)
        ]
    if left:
        print(f"not done: {', '.join(left)}", file=sys.stderr)
    return not left


def _at_once(collected: Collection, ends: list[Progress], due: bool) -> None:
    """All jobs in threads of their own, as soon as the first has told what there is."""
    collected.prepare()
    first, *others = JOBS
    ends += collected.run([first], only_due=due)

    def work(job: Job) -> None:
        ends.extend(collected.run([job], only_due=due))

    threads = [Thread(target=work, args=(job,), name=job.name) for job in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _by_the_scheduler(collected: Collection) -> None:
    caught_up = Event()
    scheduler = Scheduler(
        collected, AfterCollection(refresh=lambda _stop: None, reports=lambda _stop: caught_up.set())
    )
    scheduler.start()
    caught_up.wait(120)
    scheduler.stop()


def carry_out(order: Order) -> Ended:
    """Start processes one after the other and kill each; when so many are killed, let one come to the end."""
    draw = random.Random(order.seed)
    settled = configuration(Path(order.folder))
    board = Board()
    kills: list[Killed] = []
    said: list[str] = []
    fates = _drawn(order, draw)
    for run in range(1, order.kills + UNDISTURBED_RUNS + 1):
        fate = next(fates, Fate())
        board.clear()
        status, words = _one_process(
            fate, lambda begun, fate=fate: collect(order, settled, board, fate, begun)
        )
        if words:
            said.append(words)
        if status == -signal.SIGKILL:
            kills.append(Killed("a step" if fate.step else "the clock", board.job, board.in_transaction))
        elif status == 0:
            return Ended(True, run, kills, said)
    return Ended(False, run, kills, said)


def _drawn(order: Order, draw: random.Random) -> Iterator[Fate]:
    """A fate for each kill, in the order of the jobs."""
    for place in range(order.kills):
        job = JOBS[place * len(JOBS) // order.kills].name if order.at_work == "in turn" else None
        if draw.random() < 0.5:
            yield Fate(job, step=1 + int(draw.expovariate(1 / order.steps)))
        else:
            yield Fate(job, seconds=draw.expovariate(1 / order.seconds))


def _one_process(fate: Fate, work: Callable[[Callable[[], None]], bool]) -> tuple[int, str]:
    """Its exit status (the signal's number below 0), and what it wrote to standard error.

    It is killed when so many seconds have gone by since it said that they begin.
    """
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as words:
        child = os.fork()
        if child == 0:
            os.dup2(words.fileno(), 2)
            status = 2
            try:
                status = 0 if work(lambda: os.close(writing)) else 1
            except BaseException:  # noqa: BLE001 (told to the parent; a fork must never run on in its code)
                traceback.print_exc()
            sys.stderr.flush()
            os._exit(status)
        os.close(writing)
        os.read(reading, 1)  # until the child, or its end, closes the other side
        os.close(reading)
        process = os.pidfd_open(child)
        over, _, _ = select.select([process], [], [], fate.seconds)
        if not over:
            os.kill(child, signal.SIGKILL)
        os.close(process)
        _, ended = os.waitpid(child, 0)
        words.seek(0)
        return os.waitstatus_to_exitcode(ended), words.read().decode("utf-8", "replace").strip()


def main() -> None:
    """Carry out orders until standard input ends."""
    if logging.lastResort is not None:
        logging.lastResort.setLevel(logging.ERROR)  # a row that is refused is in the ledger
    for job in JOBS:
        job.function()  # imported once, and not in each child
    for line in sys.stdin:
        print(json.dumps(asdict(carry_out(Order(**json.loads(line))))), flush=True)


if __name__ == "__main__":
    main()
