"""An installation in a storm: its processes, readers and SQL users, and who kills them at random moments."""

from __future__ import annotations

import os
import random
import re
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import psutil

from collector.simulator.server import Simulator
from collector.supervisor import free_port
from tests.faults.forking import Child, Forking
from tests.faults.soak import EVERY_MINUTE, PAGES, QUERIES
from tests.faults.world import configuration

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
#: Something that happens in place of a kill; says what it was.
Strike = Callable[[random.Random], str]


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
        self,
        database: str,
        folder: Path,
        github: Simulator,
        forking: Forking,
        draw: random.Random,
        strike: Strike | None = None,
    ) -> None:
        self._strike = strike
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
        """A process of a family: its head, or one of those that it started; or what strikes in its place."""
        if self._strike is not None:
            self.kills[self._strike(self._draw)] += 1
            return
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
                asked, path = "SQL", f"/api/sql.json?{urlencode({'q': draw.choice(QUERIES), '_wait': 20})}"
            else:
                asked, path = "page", draw.choice(PAGES)
            self.answers[f"{asked} {self._status(path)}"] += 1

    def _status(self, path: str) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=60) as answer:
                answer.read()
                return str(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(300).decode(errors="replace")
                # Pages of a process that has no database, or is busy, say so themselves.
                return (
                    str(error.code) if error.code == 503 else f"{error.code} {re.sub(r'[0-9]+', 'n', said)}"
                )
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
