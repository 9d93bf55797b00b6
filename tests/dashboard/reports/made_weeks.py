"""Weeks of a made-up community, each with a story that is known: written straight into the tables.

The reported week is that of Monday 15 June 2026; "now" is the Monday after it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
from sqlalchemy import Engine, delete, select

from db.engine import writing
from db.metrics import open_threads
from db.metrics.calendar import period_containing, period_end
from db.schema import stable_id, table
from db.upsert import upsert

NOW = datetime(2026, 6, 22, 7, 0, tzinfo=UTC)
WEEK = date(2026, 6, 15)
FIRST = date(2024, 1, 1)
PROJECT, TENSORFLOW, OTHER = stable_id("project"), stable_id("tensorflow/tensorflow"), stable_id("other/one")
ONE = stable_id("tensorflow/tensorflow scope")
HOSTILE_TITLE = "<script>alert('hi')</script> **bold** [link](javascript:alert(1))\nNEEDS HELP\n=========="
HOSTILE_NAME = "<b>Mallory</b> & *Sons* \u202egnihton"

#: metric, goal, title, unit, figure; what is not said below is better up, not told apart and fully known.
METRICS = (
    ("commits", "innovation", "Who writes it?", "commits", "area"),
    (
        "outside_share_of_commits",
        "innovation",
        "What share of commits comes from outside?",
        "share of commits",
        "line",
    ),
    ("new_contributors", "innovation", "Are new people still arriving?", "people", "bar"),
    ("time_to_first_response", "innovation", "How long until somebody answers?", "days", "line"),
    ("affiliation_coverage", "innovation", "Whose affiliation is known?", "share of commits", "line"),
    ("joined_the_steward", "talent", "Who joined Google?", "people", "bar"),
    ("elephant_factor", "research", "How few organisations carry half of it?", "organisations", "line"),
    ("release_cadence", "cloud", "How often does it ship?", "releases", "bar"),
    ("stars", "ambition", "How many stars does it hold?", "stars", "line"),
)
DIRECTION = {"time_to_first_response": "down", "release_cadence": "neutral"}
HEADLINE = {"time_to_first_response": "median"}
SEGMENTS = {"commits": "affiliation"}
COVERAGE = dict.fromkeys(("commits", "outside_share_of_commits"), "affiliation_coverage")

Part = dict[str, float]


@dataclass(frozen=True)
class Audience:
    """A group of recipients as the configuration would state it."""

    audience: str = "readers"
    reads: str = ""
    scopes: Sequence[str] = ()
    email: Sequence[str] = ()
    webhook: Sequence[str] = ()


@dataclass(frozen=True)
class Query:
    """A query of a report as the configuration would state it."""

    title: str
    query: str = ""
    sql: str = ""
    file: Path | None = None
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)
    rows: int = 20


@dataclass(frozen=True)
class Mail:
    """A mail server as the configuration would state it."""

    port: int
    host: str = "127.0.0.1"
    security: str = "none"
    user: str = ""
    sender: str = "flowmeter@example.org"
    sender_name: str = "Flowmeter"


@dataclass(frozen=True)
class Settings:
    """A report as the configuration would state it."""

    folder: Path
    name: str = "weekly"
    period: str = "week"
    scopes: Sequence[str] = ("project",)
    formats: Sequence[str] = ("html", "txt")
    time_zone: str = "UTC"
    weekday: str = "mon"
    day: int = 1
    hour: int = 7
    language: str = "en"
    skip_if_empty: bool = False
    queries: Sequence[Query] = ()
    recipients: Sequence[Audience] = ()


@dataclass
class Story:
    """What happens in the reported week; what is not said is as in every week."""

    commits: Part = field(default_factory=dict)
    share: float | None = None
    newcomers: float | None = None
    stop: date | None = None
    complete: bool = True
    without: Sequence[str] = ()
    simulated: bool = False


def ripple(day: date, size: float) -> float:
    """A small weekly wave that repeats nothing exactly and leaves no range by itself."""
    return size * math.sin(day.toordinal() / 7 * 2.39996)


def segments(metric: str, day: date, length: float) -> dict[str, tuple[float, int]]:
    """The usual values of a period that is `length` weeks long."""
    google, others = round((160 + ripple(day, 9)) * length), round((46 + ripple(day, 4)) * length)
    alone, bots = round((24 + ripple(day, 3)) * length), round(6 * length)
    total = google + others + alone + bots + 5
    give: Mapping[str, Callable[[], dict[str, tuple[float, int]]]] = {
        "commits": lambda: _with_total(
            {"steward": google, "organization": others, "independent": alone, "unknown": 5, "bot": bots}
        ),
        "outside_share_of_commits": lambda: {"all": ((others + alone) / total, total)},
        "new_contributors": lambda: {"all": (n := float(round((12 + ripple(day, 2)) * length)), int(n))},
        "time_to_first_response": lambda: {"median": (1.4 + ripple(day, 0.1), 60)},
        "affiliation_coverage": lambda: {"all": (0.975, total)},
        "elephant_factor": lambda: {"all": (2.0, total)},
        "release_cadence": lambda: {"all": (1.0, 1)},
        "stars": lambda: {"all": (150_000.0 + 20 * (day - FIRST).days, 1)},
    }
    return give[metric]() if metric in give else {}


def _with_total(parts: Mapping[str, float]) -> dict[str, tuple[float, int]]:
    return {name: (float(v), int(v)) for name, v in {**parts, "all": sum(parts.values())}.items()}


def values(story: Story) -> Iterator[dict[str, object]]:
    """Every metric's values in both scopes, the reported week as the story has it."""
    for scope_id in (PROJECT, ONE):
        for grain, length in (("week", 1.0), ("month", 4.35), ("year", 52.0)):
            period = period_containing(FIRST, grain)
            while period <= NOW.date():
                end = period_end(period, grain)
                over = end < NOW.date() and not (grain == "week" and period == WEEK and not story.complete)
                stopped = story.stop is not None and period > story.stop
                for metric, *_ in METRICS:
                    if stopped or metric in story.without:
                        continue
                    held = segments(metric, period, length)
                    if grain == "week" and period == WEEK:
                        held = _told(metric, held, story)
                    for segment, (value, size) in held.items():
                        yield {
                            "metric": metric,
                            "scope_id": scope_id,
                            "grain": grain,
                            "period": period,
                            "segment": segment,
                            "value": value,
                            "sample_size": size,
                            "complete": over,
                        }
                period = end + timedelta(days=1)


def _told(metric: str, held: dict[str, tuple[float, int]], story: Story) -> dict[str, tuple[float, int]]:
    if metric == "commits" and story.commits:
        parts = {name: value for name, (value, _) in held.items() if name != "all"}
        return _with_total({**parts, **story.commits})
    if metric == "outside_share_of_commits" and story.share is not None:
        return {"all": (story.share, 241)}
    if metric == "new_contributors" and story.newcomers is not None:
        return {"all": (story.newcomers, int(story.newcomers))}
    return held


def fill(engine: Engine, story: Story | None = None) -> None:
    """Write the catalogue, two scopes over one repository, another repository, and all values."""
    story = story or Story()
    until = NOW.date() if story.stop is None else story.stop + timedelta(days=2)
    with writing(engine).begin() as connection:
        upsert(
            connection,
            table("metric_definitions"),
            [
                {
                    "metric": metric,
                    "goal": goal,
                    "title": title,
                    "unit": unit,
                    "figure": figure,
                    "direction": DIRECTION.get(metric, "up"),
                    "segments": SEGMENTS.get(metric, ""),
                    "headline": HEADLINE.get(metric, "all"),
                    "coverage": COVERAGE.get(metric, ""),
                    "meaning": f"What {metric.replace('_', ' ')} means, in a sentence.",
                    "source": "CHAOSS",
                    "leaves_out": "",
                    "sql": "SELECT 1",
                }
                for metric, goal, title, unit, figure in METRICS
            ],
        )
        upsert(
            connection,
            table("scopes"),
            [
                scope(PROJECT, "project", "project", "TensorFlow"),
                scope(ONE, "tensorflow/tensorflow", "repository", "tensorflow/tensorflow"),
            ],
        )
        upsert(
            connection,
            table("repositories"),
            [
                repository(TENSORFLOW, "tensorflow/tensorflow", story.simulated),
                repository(OTHER, "other/one", False),
            ],
        )
        upsert(
            connection,
            table("scope_repositories"),
            [{"scope_id": each, "repository_id": TENSORFLOW} for each in (PROJECT, ONE)],
        )
        upsert(connection, table("metric_values"), list(values(story)))
        upsert(
            connection,
            table("metric_refreshes"),
            [
                {
                    "metric": "commits",
                    "refreshed_at": NOW - timedelta(minutes=55),
                    "facts_until": until,
                    "seconds": 0.1,
                    "rows": 1,
                }
            ],
        )


def scope(number: int, name: str, kind: str, title: str) -> dict[str, object]:
    """A row of `scopes`."""
    return {"scope_id": number, "name": name, "kind": kind, "title": title, "position": 0}


def repository(number: int, name: str, simulated: bool) -> dict[str, object]:
    """A row of `repositories`."""
    return {"repository_id": number, "full_name": name, "role": "core", "simulated": simulated}


def starred(engine: Engine, repository_id: int, day: date) -> None:
    """The last day of a repository of which a fact is held."""
    row = {"repository_id": repository_id, "day": day, "source": "github", "stars": 1}
    with writing(engine).begin() as connection:
        upsert(connection, table("popularity"), [row])


def joins(engine: Engine, name: str, day: date) -> None:
    """Another repository of the project, with facts up to a day."""
    number = stable_id(name)
    with writing(engine).begin() as connection:
        upsert(connection, table("repositories"), [repository(number, name, False)])
        members = [{"scope_id": PROJECT, "repository_id": number}]
        upsert(connection, table("scope_repositories"), members)
    starred(engine, number, day)


def person(engine: Engine, name: str, login: str | None, kind: str = "human", account: str = "User") -> int:
    """A person with one identity; returns the id of both."""
    number = stable_id("person", name)
    with writing(engine).begin() as connection:
        upsert(
            connection,
            table("people"),
            [
                {
                    "person_id": number,
                    "display_name": name,
                    "login": login,
                    "kind": kind,
                    "kind_reason": "told",
                }
            ],
        )
        upsert(
            connection,
            table("identities"),
            [
                {
                    "identity_id": number,
                    "kind": "login",
                    "login": login,
                    "account_type": account,
                    "person_id": number,
                }
            ],
        )
    return number


def works(
    engine: Engine,
    who: int,
    day: date,
    kind: str = "commit",
    quantity: int = 1,
    segment: str = "independent",
    person_kind: str = "human",
    repository_id: int = TENSORFLOW,
) -> None:
    """A row of `contributions`."""
    with writing(engine).begin() as connection:
        upsert(
            connection,
            table("contributions"),
            [
                {
                    "repository_id": repository_id,
                    "kind": kind,
                    "day": day,
                    "person_id": who,
                    "segment": segment,
                    "organization_id": 0,
                    "person_kind": person_kind,
                    "quantity": quantity,
                }
            ],
        )


def opens(
    engine: Engine,
    number: int,
    author: int | None,
    days_ago: float,
    *,
    what: str = "issues",
    title: str | None = None,
    state: str = "open",
    comments: int = 0,
    reviews: int = 0,
    repository_id: int = TENSORFLOW,
) -> None:
    """An issue or pull request that was opened so many days before now."""
    opened = NOW - timedelta(days=days_ago)
    row: dict[str, object] = {
        "repository_id": repository_id,
        "number": number,
        "title": title or f"Something about {number}",
        "author_id": author,
        "state": state,
        "created_at": opened,
        "updated_at": opened,
        "day": opened.date(),
        "comments": comments,
    }
    if what == "pull_requests":
        row["reviews"] = reviews
    with writing(engine).begin() as connection:
        upsert(connection, table(what), [row])


def answers(
    engine: Engine, number: int, author: int | None, days_ago: float, *, review: bool = False
) -> None:
    """A comment on an issue or pull request, or a review of one."""
    at = NOW - timedelta(days=days_ago)
    row: dict[str, object] = {
        "repository_id": TENSORFLOW,
        "github_id": stable_id(number, author, days_ago) % 10**12,
        "number": number,
        "author_id": author,
        "day": at.date(),
    }
    row |= (
        {"state": "commented", "submitted_at": at} if review else {"kind": "conversation", "created_at": at}
    )
    with writing(engine).begin() as connection:
        upsert(connection, table("reviews" if review else "comments"), [row])


def threads(engine: Engine) -> None:
    """`open_threads` as a refresh makes it of what is held."""
    with duckdb.connect() as duck, writing(engine).begin() as connection:
        for name in {*open_threads.READS, "contributions"}:
            held = table(name)
            columns = ", ".join(f'"{c.name}" {_duck_type(c.type)}' for c in held.columns)
            duck.execute(f"CREATE TABLE {name} ({columns})")
            rows = [tuple(row) for row in connection.execute(select(held))]
            if rows:
                duck.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(held.columns))})", rows)
        found = duck.execute(open_threads.THREADS.format(only="")).fetchall()
        names = [column[0] for column in duck.description or ()]
        connection.execute(delete(table("open_threads")))
        upsert(connection, table("open_threads"), [dict(zip(names, row, strict=True)) for row in found])


def _duck_type(kind: object) -> str:
    named = {"DATETIME": "TIMESTAMPTZ", "DOUBLE": "DOUBLE", "TEXT": "VARCHAR", "JSON": "VARCHAR"}
    return named.get(str(kind).partition("(")[0], str(kind).partition("(")[0])


def runs(engine: Engine, job: str, state: str, hours_ago: float, error: str | None = None) -> None:
    """A line of the ledger for tensorflow/tensorflow."""
    at = NOW - timedelta(hours=hours_ago)
    with writing(engine).begin() as connection:
        connection.execute(
            table("collector_runs")
            .insert()
            .values(
                job=job,
                target="tensorflow/tensorflow",
                state=state,
                started_at=at,
                heartbeat_at=at,
                ended_at=at,
                error=error,
            )
        )


def measured(engine: Engine, value: float, at: datetime, read_at: datetime) -> None:
    """A benchmark result."""
    key = f"{value} {at}"
    rows: dict[str, dict[str, object]] = {
        "benchmark_sources": {
            "source_id": stable_id(key),
            "format": "mlperf_training",
            "location": f"results/{key}.txt",
            "checksum": "0" * 64,
            "ingested_at": read_at,
        },
        "hardware": {
            "hardware_id": 1,
            "hardware_class": "tpu",
            "vendor": "Google",
            "model": "tpu-v4",
            "family": "TPU v4",
            "count": 4096,
        },
        "environments": {
            "environment_id": 1,
            "environment_key": "TensorFlow xla",
            "framework": "TensorFlow",
            "compiler": "xla",
        },
        "benchmark_cases": {"case_id": 1, "suite": "mlperf-training", "name": "resnet"},
        "benchmark_metrics": {
            "metric_id": 1,
            "name": "time_to_train",
            "unit": "minutes",
            "canonical_unit": "minute",
            "scale": 1.0,
            "direction": "lower",
        },
        "benchmark_series": {
            "series_id": 1,
            "case_id": 1,
            "hardware_id": 1,
            "environment_key": "TensorFlow xla",
            "metric_id": 1,
        },
        "benchmark_results": {
            "result_id": stable_id(key),
            "series_id": 1,
            "source_id": stable_id(key),
            "environment_id": 1,
            "natural_key": key,
            "measured_at": at,
            "day": at.date(),
            "value": value,
            "samples": 5,
            "valid": True,
            "claim": "measured",
        },
    }
    with writing(engine).begin() as connection:
        for name, row in rows.items():
            upsert(connection, table(name), [row])


def released(engine: Engine, tag: str, day: date, *, prerelease: bool = False) -> None:
    """A release of tensorflow/tensorflow."""
    row = {
        "repository_id": TENSORFLOW,
        "tag": tag,
        "prerelease": prerelease,
        "published_at": datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        "day": day,
    }
    with writing(engine).begin() as connection:
        upsert(connection, table("releases"), [row])


def stepped(engine: Engine, before: float, after: float, day: date, state: str = "confirmed") -> None:
    """A change point between two results, the second on that day; lower is better."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    earlier = at - timedelta(days=1)
    measured(engine, before, earlier, at)
    measured(engine, after, at, at)
    row = {
        "change_point_id": stable_id("step", before, after, day),
        "series_id": 1,
        "result_id": stable_id(f"{after} {at}"),
        "previous_result_id": stable_id(f"{before} {earlier}"),
        "state": state,
        "before": before,
        "after": after,
        "percent": 100 * (after - before) / before,
        "algorithm": "made up",
    }
    with writing(engine).begin() as connection:
        upsert(connection, table("change_points"), [row])
