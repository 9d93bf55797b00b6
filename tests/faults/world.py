"""A small project for trying what a collection survives: all jobs, small pages, and how to compare."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from collector.collection import Collection
from collector.configuration import Configuration, load
from collector.git import commits
from collector.github.client import GitHub
from collector.jobs import JOBS
from collector.run import Progress
from collector.simulator.http import Handler, Request, Response
from db.schema import Record

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SCALE = 0.002
#: What GitHub gives at once here, so that even a small community has many pages to be cut off between.
ITEMS = 7
COMMITS = 12
ROLES = """
[repositories]
core = ["tensorflow/tensorflow"]
ecosystem = ["tensorflow/community"]
peer = ["jax-ml/jax"]
"""
SHIPPED = Path(__file__).parents[2] / "flowmeter.toml"

#: Tables that tell how the collecting went, not what was found.
OF_THE_COLLECTING = {
    "collector_runs": "a line for each run, and an interrupted collection has more of them",
    "cursors": "when each job last moved; where it stands is tried by collecting on",
    "leases": "who was at work, under a token that grows with each run",
    "lake_marks": "drawn anew with each export of a lake",
}

Facts = dict[str, list[tuple[Any, ...]]]


def configuration(folder: Path) -> Configuration:
    """The configuration that ships, over three repositories, so that every job has work and none has much."""
    shipped = SHIPPED.read_text(encoding="utf-8")
    head, _, rest = shipped.partition("[repositories]")
    _, _, tail = rest.partition("# Repositories of these roles are cloned")
    path = folder / "flowmeter.toml"
    path.write_text(f"{head}{ROLES}\n# Repositories of these roles are cloned{tail}", encoding="utf-8")
    return load(path)


def small_pages(request: Request, handler: Handler) -> Response:
    """A GitHub that gives a few items at a time, whatever it is asked for."""
    if request.path == "/graphql":
        try:
            asked = json.loads(request.body)
        except ValueError:
            return handler(request)  # who asked was killed in the middle of it
        sizes = {
            name: min(value, ITEMS)
            for name, value in (asked.get("variables") or {}).items()
            if name in ("first", "nested") and isinstance(value, int)
        }
        asked["variables"] = {**(asked.get("variables") or {}), **sizes}
        asked["query"] = re.sub(r"\bfirst: \d\d+", f"first: {ITEMS}", asked["query"])
        return handler(replace(request, body=json.dumps(asked).encode()))
    # Weeks of stars are read all at once: cutting them up would add requests, not places to be cut off at.
    if "per_page" in request.query and not request.path.endswith("/stargazers/history"):
        size = min(ITEMS, request.number("per_page", ITEMS))
        return handler(replace(request, query={**request.query, "per_page": str(size)}))
    return handler(request)


class Time:
    """A time that goes on only when somebody waits, so that no pause takes any."""

    def __init__(self, now: datetime = NOW) -> None:
        self.moment = now

    def now(self) -> datetime:
        """The present instant."""
        return self.moment

    def seconds(self) -> float:
        """The same, in seconds since 1970."""
        return self.moment.timestamp()

    def pass_by(self, seconds: float) -> None:
        """Let so many seconds go by; stands in for sleeping."""
        self.moment += timedelta(seconds=seconds)


@contextmanager
def small_commits() -> Iterator[None]:
    """Pages of a few commits, too."""
    usual, commits.PAGE = commits.PAGE, COMMITS
    try:
        yield
    finally:
        commits.PAGE = usual


def collection(
    engine: Engine,
    configuration: Configuration,
    url: str,
    *,
    now: datetime = NOW,
    time: Time | None = None,
    report: Callable[[Progress], None] = lambda _: None,
) -> Collection:
    """A collection from a simulated GitHub as `flowmeter collect` puts it together, while time stands still.

    `time` is what the client waits in; without one it has its own.
    """
    kept = time or Time(now)

    def client() -> GitHub:
        return GitHub(url, ["a-token"], now=kept.now, sleep=kept.pass_by)

    return Collection(
        engine,
        configuration,
        client,
        simulated=True,
        github_url=url,
        clock=lambda: now,
        report=report,
    )


def collect_undisturbed(
    engine: Engine, configuration: Configuration, url: str, folder: Path, *, now: datetime = NOW
) -> None:
    """One collection by all jobs, from begin to end; clones are kept in `folder`."""
    collected = collection(engine, configuration, url, now=now)
    folder.mkdir(parents=True, exist_ok=True)
    with chdir(folder), small_commits():
        collected.prepare()
        ends = list(collected.run(JOBS))
    assert {end.state for end in ends} == {"done"}, [end for end in ends if end.state != "done"]
    assert {end.job for end in ends} == {job.name for job in JOBS}, "give each job something to do"


def facts(engine: Engine, without: Mapping[str, Sequence[str]] | None = None) -> Facts:
    """All rows of all tables but those of the collecting itself, in order; `without` leaves columns out.

    Notes of days that were written come day by day: how many pages they came on is the collecting's affair.
    """
    held: Facts = {}
    left_out = without or {}
    with engine.connect() as connection:
        for name, table in Record.metadata.tables.items():
            if name in OF_THE_COLLECTING:
                continue
            columns = [each for each in table.c if each.name not in left_out.get(name, ())]
            rows = [tuple(row) for row in connection.execute(select(*columns))]
            if name == "fact_changes":
                rows = list({(*where, day) for _, *where, days in rows for day in days.split()})
            held[name] = sorted(rows, key=repr)
    return held


def insist_on(found: Facts, wanted: Facts, what: str) -> None:
    """Fails with what differs, table by table, in a few lines; `what` names the seed to have it again."""
    told = []
    for name, rows in wanted.items():
        if found[name] == rows:
            continue
        lost = [row for row in rows if row not in set(found[name])]
        more = [row for row in found[name] if row not in set(rows)]
        told.append(f"{name}: {len(rows)} rows wanted, {len(found[name])} held")
        told += [f"  wanted: {row}" for row in lost[:3]] + [f"  held:   {row}" for row in more[:3]]
    if told:
        pytest.fail("\n".join([f"{what}: the rows differ", *told]), pytrace=False)
