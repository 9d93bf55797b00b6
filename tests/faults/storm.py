"""A storm: each process of an installation is killed at random moments under load, and started anew.

Two schedulers, a dashboard under readers and SQL users, and somebody who gives commands, over one database.
By hand: `python -m tests.faults.storm sqlite|URL KILLS [SEED]`, or FLOWMETER_STORM=300 for the test of it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import psutil
from sqlalchemy import Engine, func, select

from collector.simulator.limits import Limits
from collector.simulator.server import Simulator
from collector.supervisor import free_port
from db.engine import connect
from db.leases import is_over
from db.schema import table
from tests.faults.forking import Child, Forking
from tests.faults.soak import EVERY_MINUTE, PAGES, QUERIES
from tests.faults.works import held, left_open, mail_server
from tests.faults.world import SCALE, configuration, small_pages

#: Kills of one database: an installation that was collected is quieter than one that is being.
AT_ONCE = 40
#: Seconds from one kill to the next, on the average.
PAUSE = 1.0
#: Seconds before what ended is started anew, as whatever starts it would.
ANEW = 0.3
READERS = 6
RECIPIENTS = 12
#: What somebody types, over and over.
COMMANDS = (
    ("collect",),
    ("metrics", "refresh"),
    ("bench", "ingest", "results.csv"),
    ("report", "send", "weekly"),
    ("db", "backup", "a.backup"),
    ("db", "export", "--lake", "lake"),
    ("sql", "SELECT COUNT(*) FROM commits"),
)
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


def furnish(folder: Path, mail_port: int) -> None:
    """What an installation reads: everything is due each minute, and reports go to a dozen people."""
    configuration(folder)
    path = folder / "flowmeter.toml"
    head, mark, tail = path.read_text(encoding="utf-8").partition("[schedule]")
    section, end, rest = tail.partition("\n# Issues and pull requests")
    to = ", ".join(f'"reader{number}@example.org"' for number in range(RECIPIENTS))
    more = (
        f'[[reports.recipients]]\naudience = "steering"\nemail = [{to}]\n\n'
        f'[mail]\nhost = "127.0.0.1"\nport = {mail_port}\nsecurity = "none"\nsender = "a@example.org"\n\n'
    )
    assert "\n[targets]" in rest
    rest = rest.replace("\n[targets]", f"\n{more}[targets]")
    path.write_text(head + mark + EVERY_MINUTE.sub(r'\1"* * * * *"', section) + end + rest, encoding="utf-8")
    lines = [f"case {number},latency,{number}.5,ms,2026-01-{1 + number % 28:02}" for number in range(400)]
    (folder / "results.csv").write_text("\n".join(["name,metric,value,unit,measured_at", *lines]) + "\n")


class Storm:
    """One installation: its processes, who loads them, and who kills them."""

    def __init__(
        self, database: str, folder: Path, github: Simulator, forking: Forking, draw: random.Random
    ) -> None:
        self._folder, self._forking, self._draw = folder, forking, draw
        self._log = folder / "log"
        self._port = free_port()
        self._over = threading.Event()
        self._at_work: dict[str, Child] = {}
        self._again: dict[str, float] = {}
        self._typed = 0
        self.kills: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self._variables = {
            "FLOWMETER_DATABASE_URL": database,
            "FLOWMETER_GITHUB_URL": github.url,
            "FLOWMETER_IDENTITY_KEY": "a key for the storm",
            "FLOWMETER_CONFIG": str(folder / "flowmeter.toml"),
            "GITHUB_TOKEN": "opens-the-sample",
        }

    def rage(self, kills: int) -> None:
        """Run everything under load until so many processes were killed, then end what is left by SIGTERM."""
        readers = [threading.Thread(target=self._read, args=(number,)) for number in range(READERS)]
        for reader in readers:
            reader.start()
        due = time.monotonic() + self._draw.expovariate(1 / PAUSE)
        try:
            while self.kills.total() < kills:
                self._start_what_is_not_there()
                if time.monotonic() >= due:
                    self._kill()
                    due = time.monotonic() + self._draw.expovariate(1 / PAUSE)
                self._over.wait(0.02)
        finally:
            self._over.set()
            for reader in readers:
                reader.join()
            self._end()

    def run(self, *arguments: str) -> tuple[int, str]:
        """A command's exit status, and what it said."""
        words = self._folder / "words"
        words.unlink(missing_ok=True)
        status = self._forking.run(arguments, self._folder, words, **self._variables)
        return status, words.read_text(encoding="utf-8", errors="replace")

    @property
    def said(self) -> str:
        """Everything that its processes said while it raged."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def left(self) -> list[str]:
        """Processes that are still there: of killed ones, or given up."""
        everybody = [each.info for each in psutil.process_iter(["pid", "cwd", "cmdline"])]
        return [
            f"{each['pid']} {' '.join(each['cmdline'] or ())[:120]}"
            for each in everybody
            if each["cwd"] == str(self._folder)
        ]

    def _start_what_is_not_there(self) -> None:
        for name in ("first scheduler", "second scheduler", "dashboard", "commands"):
            child = self._at_work.get(name)
            if child is not None:
                if not child.over.is_set():
                    continue
                if child.status not in (0, -signal.SIGKILL):
                    self.ends[f"{' '.join(child.arguments[:2])}: {child.status}"] += 1
                del self._at_work[name]
                self._again[name] = time.monotonic() + ANEW
            if time.monotonic() >= self._again.get(name, 0.0):
                self._at_work[name] = self._forking.start(
                    self._arguments(name), self._folder, self._log, **self._variables
                )

    def _arguments(self, name: str) -> tuple[str, ...]:
        if name == "dashboard":
            return "serve", "--port", str(self._port)
        if name == "commands":
            self._typed += 1
            return COMMANDS[self._typed % len(COMMANDS)]
        return "schedule", "--grace", "5"

    def _kill(self) -> None:
        """A process of a family: its head, or one of those that it started."""
        name = self._draw.choice(sorted(self._at_work))
        child = self._at_work[name]
        try:
            head = psutil.Process(child.process)
            family = head.children(recursive=True)
            chosen = self._draw.choice(family) if family and self._draw.random() < 0.4 else head
            what = name if chosen is head else f"{name}'s {chosen.name()}"
            if name == "commands":
                what = " ".join(child.arguments[:2]) + ("" if chosen is head else f"'s {chosen.name()}")
            chosen.kill()
        except psutil.NoSuchProcess:
            return  # it ended by itself in this instant
        self.kills[what] += 1

    def _read(self, number: int) -> None:
        draw = random.Random(number)
        while not self._over.wait(draw.uniform(0.05, 0.6)):
            if number % 3 == 2:
                path = f"/api/sql.json?{urlencode({'q': draw.choice(QUERIES)})}"
            else:
                path = draw.choice(PAGES)
            self.answers[self._status(path)] += 1

    def _status(self, path: str) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=60) as answer:
                answer.read()
                return str(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return str(error.code)
        except OSError:
            return "away"
        except ValueError:
            return "cut off"  # killed in the middle of its answer

    def _end(self) -> None:
        for child in self._at_work.values():
            with suppress(ProcessLookupError):
                os.kill(child.process, signal.SIGTERM)
        for name, child in self._at_work.items():
            if not child.over.wait(90):
                raise TimeoutError(f"{name} does not end by SIGTERM")
            if name != "commands" and child.status not in (0, -signal.SIGTERM, -signal.SIGKILL):
                self.ends[f"{name}, by SIGTERM: {child.status}"] += 1


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


def weather(database: str, folder: Path, github: Simulator, kills: int, seed: int) -> Weathered:
    """A storm of so many kills over an empty database, and what is there in the end."""
    folder.mkdir()
    engine = connect(database)
    draw = random.Random(seed)
    with mail_server() as inbox, ExitStack() as stack:
        furnish(folder, inbox.port)
        forking = Forking({})
        stack.callback(forking.close)
        storm = Storm(database, folder, github, forking, draw)
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


def storms(kind: str, kills: int, seed: int, new_database: Callable[[str], str]) -> Iterator[Weathered]:
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
            came = weather(new_database(name), Path(folder) / name, github, min(AT_ONCE, kills - done), seed)
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


def main() -> None:
    """Storms on a database of each kind, and what came of them."""
    from tests.conftest import _postgresql_programs
    from tests.faults.postgresql import Server

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
            server = Server(programs)
            stack.callback(server.remove)
            server.start()
            found = storms(kind, kills, seed, server.database)
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
