"""A storm: each process of an installation is killed at random moments under load, and started anew.

Two schedulers, a dashboard under readers and SQL users, and somebody who gives commands, over one database.
By hand: `python -m tests.faults.storm sqlite|postgresql|flooded KILLS [SEED]`, or FLOWMETER_STORM=300 for the
test of it. `flooded` kills nobody: the disk of PostgreSQL's write-ahead log is full for some seconds instead.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, select

from collector.simulator.limits import Limits
from collector.simulator.server import Simulator
from db.engine import connect
from db.leases import is_over
from db.schema import table
from tests.faults.forking import Forking
from tests.faults.postgresql import Server
from tests.faults.raging import Storm, Strike, furnish
from tests.faults.small_disk import SmallDisk, small_disk
from tests.faults.works import held, left_open, mail_server
from tests.faults.world import SCALE, small_pages

#: Kills of one database: an installation that was collected is quieter than one that is being.
AT_ONCE = 40
#: What brings everything to where an undisturbed installation is.
TO_THE_END = (
    ("db", "upgrade"),
    ("collect",),
    ("bench", "ingest", "results.csv"),
    ("metrics", "refresh"),
    ("report", "send", "weekly"),
)
#: What differs from one installation to the next without being a fact.
OF_ONE_INSTALLATION = {
    "deliveries": "compared by what arrived",
    "reports": "their texts name the minute in which they were made",
    "refresh_marks": "drawn anew with each copy in columns",
    "lake_marks": "drawn anew with each export of a lake",
    "metric_refreshes": "how often and how fast numbers were computed",
    "metric_definitions": "when their rows were computed last",
}


@dataclass
class Outcome:
    """What is there at the end: rows by table, letters by recipient, and what is left open."""

    rows: dict[str, list[str]]
    letters: dict[str, int]
    open_runs: list[str]
    stuck_leases: list[str]
    wrong: list[str]


@dataclass
class Weathered:
    """What came of a storm on one database."""

    outcome: Outcome
    kills: Counter[str] = field(default_factory=Counter)
    in_the_middle: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    repeated_letters: int = 0
    left_processes: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)


def outcome(engine: Engine, storm: Storm, letters: list[tuple[str, str]]) -> Outcome:
    """Bring everything to its end, and look at what is there."""
    for arguments in TO_THE_END:
        status, words = storm.run(*arguments)
        if status or "Traceback" in words:
            raise RuntimeError(f"{' '.join(arguments)}: {status}: {words}")
    _, words = storm.run("doctor", "--format", "json")
    wrong = [f"{each['check']}: {each['found']}" for each in _findings(words) if each["state"] == "wrong"]
    leases = table("leases").c
    with engine.connect() as connection:
        now = datetime.now(UTC)
        held_still = connection.execute(select(leases.name, leases.holder).where(leases.expires_at > now))
        stuck = [row.name for row in held_still if not is_over(row.holder)]
    rows = {name: found for name, found in held(engine).items() if name not in OF_ONE_INSTALLATION}
    return Outcome(rows, dict(Counter(to for _, to in set(letters))), left_open(engine), stuck, wrong)


def _findings(words: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(words[words.index("[") : words.rindex("]") + 1])
    return found


def weather(
    database: str, folder: Path, github: Simulator, kills: int, seed: int, strike: Strike | None = None
) -> Weathered:
    """A storm of so many kills over an empty database, and what is there in the end."""
    folder.mkdir()
    engine = connect(database)
    draw = random.Random(seed)
    with mail_server() as inbox, ExitStack() as stack:
        furnish(folder, inbox.port)
        forking = Forking({})
        stack.callback(forking.close)
        storm = Storm(database, folder, github, forking, draw, strike)
        status, words = storm.run("db", "upgrade")
        if status:
            raise RuntimeError(words)
        if kills:
            storm.rage(kills)
        left = _until_gone(storm.left) if kills else []
        came = outcome(engine, storm, inbox.taken)
        runs = table("collector_runs").c
        with engine.connect() as connection:
            cut = connection.scalar(
                select(func.count()).where(runs.error == "its process ended without saying so")
            )
        repeated = len(inbox.taken) - len(set(inbox.taken))
    engine.dispose()
    traces = _traces(storm.said) if kills else []
    return Weathered(came, storm.kills, int(cut or 0), storm.ends, storm.answers, repeated, left, traces)


def _until_gone(left: Callable[[], list[str]]) -> list[str]:
    """What has not gone by itself after a while."""
    deadline = time.monotonic() + 45
    while (found := left()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def _traces(said: str) -> list[str]:
    """The last lines of traces."""
    lines = iter(said.splitlines())
    return [
        next((each for each in lines if each and not each.startswith(" ")), line)
        for line in lines
        if line.startswith("Traceback")
    ]


def storms(
    kind: str,
    kills: int,
    seed: int,
    new_database: Callable[[str], str],
    strike: Strike | None = None,
) -> Iterator[Weathered]:
    """The undisturbed installation first, then storms until so many were killed; all of one GitHub."""
    plenty = Limits(core=10**9, search=10**9, code_search=10**9, graphql=10**9)
    now = datetime.now(UTC).replace(microsecond=0)
    with (
        tempfile.TemporaryDirectory(prefix="flowmeter-storm-") as folder,
        Simulator(scale=SCALE, seed=5, now=now, middleware=[small_pages], limits=plenty) as github,
    ):
        yield weather(new_database(f"{kind}_calm"), Path(folder) / "calm", github, 0, seed)
        done = 0
        while done < kills:
            name = f"storm_{seed}"
            few = min(AT_ONCE, kills - done)
            came = weather(new_database(name), Path(folder) / name, github, few, seed, strike)
            done += came.kills.total()
            seed += 1
            yield came


def faults(came: Weathered, calm: Weathered) -> list[str]:
    """What is not as it would be had nobody been killed, a line each."""
    found = [f"left: {each}" for each in came.left_processes]
    found += [f"trace: {each}" for each in came.traces]
    found += [f"open: {each}" for each in [*came.outcome.open_runs, *came.outcome.stuck_leases]]
    found += [f"doctor: {each}" for each in came.outcome.wrong if each not in calm.outcome.wrong]
    if came.outcome.letters != calm.outcome.letters:
        found.append(f"letters: {came.outcome.letters}, not {calm.outcome.letters}")
    for name, rows in calm.outcome.rows.items():
        more, less = {*came.outcome.rows[name]} - {*rows}, {*rows} - {*came.outcome.rows[name]}
        if more or less or len(rows) != len(came.outcome.rows[name]):
            found.append(
                f"{name}: {len(came.outcome.rows[name])} rows, not {len(rows)}; {len(more)} more "
                f"{sorted(more)[:2]}, {len(less)} less {sorted(less)[:2]}"
            )
    return found


def flood(server: Server, disk: SmallDisk) -> Strike:
    """Leaves no room to the write-ahead log for some seconds; what it ended is started again afterwards."""

    def strike(draw: random.Random) -> str:
        before = server.said.count("PANIC")
        disk.fill(draw.randint(0, 1_500_000))
        deadline = time.monotonic() + 15
        while server.said.count("PANIC") == before and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(draw.uniform(0, 3))
        disk.empty()
        ended = server.said.count("PANIC") > before
        server.mend()
        return "a flood that ended PostgreSQL" if ended else "a flood"

    return strike


def main() -> None:
    """Storms on a database of each kind, and what came of them."""
    from tests.conftest import _postgresql_programs

    kind, kills = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    failed = False
    with ExitStack() as stack:
        if kind == "sqlite":
            files = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flowmeter-storm-db-")))
            found = storms(kind, kills, seed, lambda name: f"sqlite:///{files}/{name}.db")
        else:
            programs = _postgresql_programs()
            if programs is None:
                raise SystemExit("there is no initdb here")
            ahead, strike = None, None
            if kind == "flooded":
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flowmeter-ahead-")))
                folder.chmod(0o755)
                disk = stack.enter_context(small_disk(folder / "disk", 40))
                ahead = disk.folder / "ahead"
                ahead.mkdir()
            server = Server(programs, ahead=ahead)
            stack.callback(server.remove)
            server.start()
            if ahead is not None:
                strike = flood(server, disk)
            found = storms(kind, kills, seed, server.database, strike)
        calm = next(found)
        print(f"calm: {calm.outcome.wrong}", flush=True)
        for came in found:
            told = faults(came, calm)
            failed = failed or bool(told)
            print(
                f"{came.kills.total()} kills {dict(came.kills)}, {came.in_the_middle} in the middle of runs; "
                f"ends {dict(came.ends)}; answers {dict(came.answers)}; "
                f"{came.repeated_letters} letters came twice, with their number"
            )
            print("\n".join(told) or "nothing lost, nothing doubled, nothing left", flush=True)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
