# ruff: noqa: E501 (a metric stands on one line, as in a table)
"""A made-up community's metric values, written straight into the tables that pages read.

Loaded by path from the conftest of tests/dashboard and of tests/browser: tests are no package.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Engine

from collector.benchmarks.reference import reference_pages
from db.benchmarks.questions import refresh_answers
from db.engine import writing
from db.metrics.calendar import period_containing, period_end
from db.schema import stable_id, table
from db.upsert import upsert

NOW = datetime(2024, 3, 27, 9, 30, tzinfo=UTC)
FIRST = date(2015, 11, 1)
GRAINS = ("week", "month", "quarter", "year")
PROJECT, REPOSITORY = stable_id("project"), stable_id("tensorflow/tensorflow")
#: Two commits that the same benchmarks were measured at.
FIRST_RUN, SECOND_RUN = "1a" * 20, "2b" * 20
#: A title and a name that a page must show as they are.
HOSTILE = "<img src=x onerror=alert(1)> **bold**"

#: name, goal, title, meaning, unit, direction, segments, headline, figure, coverage
METRICS = (
    ("commits", "innovation", "Who writes it?", "Commits by the author’s affiliation that day; proxies count as the steward.", "commits", "up", "affiliation", "all", "area", "affiliation_coverage"),
    ("outside_share_of_commits", "innovation", "What share of commits comes from outside?", "Commits by humans outside the steward, of all commits.", "share of commits", "up", "", "all", "line", "affiliation_coverage"),
    ("contributors", "innovation", "How many people contribute?", "Distinct people, by kind of contribution.", "people", "up", "kind of contribution", "all", "line", ""),
    ("new_contributors", "innovation", "Are new people still arriving?", "People whose first ever contribution fell in the period.", "people", "up", "", "all", "bar", ""),
    ("time_to_first_response", "innovation", "How long until somebody answers?", "From opening to the first answer by another human.", "days", "down", "median and p90", "median", "line", ""),
    ("conversion", "talent", "How far do newcomers come?", "People who reached each stage in the period.", "people", "up", "stage", "participants", "funnel", ""),
    ("newcomer_retention", "talent", "Do newcomers stay?", "Share of a cohort active again within so many days.", "share of newcomers", "up", "days", "90 days", "heat_map", ""),
    ("organizations", "research", "Which organisations take part?", "Commits by organisation.", "commits", "up", "organisation", "all", "stacked_bar", ""),
    ("review_pairs", "research", "Who reviews whose work?", "Merged changes by the author’s and the reviewer’s organisation.", "changes", "neutral", "author → reviewer", "all", "heat_map", ""),
    ("elephant_factor", "research", "How few organisations carry half of it?", "Fewest organisations behind half of the commits.", "organisations", "up", "", "all", "line", ""),
    ("google_cloud_share", "cloud", "How many use cases name Google Cloud?", "Of those that name a cloud.", "share of use cases", "up", "", "all", "line", ""),
    ("release_cadence", "cloud", "How often does it ship?", "Releases of the period.", "releases", "neutral", "", "all", "bar", ""),
    ("stars", "ambition", "How many stars does it hold?", "Stars at the end of the period, by snapshots.", "stars", "up", "repository", "tensorflow", "line", ""),
    ("affiliation_coverage", "innovation", "Whose affiliation is known?", "Commits whose author’s affiliation is known, of all.", "share of commits", "up", "", "all", "line", ""),
    ("hostile", "cloud", HOSTILE, HOSTILE, "people", "up", "", "all", "line", ""),
    ("nothing_yet", "talent", "Who joined the steward?", "People whose work came first from elsewhere.", "people", "up", "", "all", "bar", ""),
)  # fmt: skip


def periods_of(grain: str) -> Iterator[tuple[date, bool]]:
    """Periods from the first to the one that runs, and whether each is over."""
    period = period_containing(FIRST, grain)
    while period <= NOW.date():
        yield period, period_end(period, grain) < NOW.date()
        period = period_end(period, grain) + timedelta(days=1)


def level(day: date, peak: float, year: float = 2019.6, width: float = 2.6) -> float:
    """A community's rise and fall around a year, with a ripple of its own."""
    place = day.year + (day.timetuple().tm_yday - 1) / 365
    ripple = 1 + 0.12 * math.sin(place * 17) + 0.06 * math.sin(place * 41)
    return peak * math.exp(-(((place - year) / width) ** 2)) * ripple


def _count(day: date, scale: float, peak: float, year: float = 2019.6, width: float = 3.0) -> float:
    return float(max(round(level(day, peak, year, width) * scale), 0))


def _segments(metric: str, day: date, scale: float) -> dict[str, tuple[float, int]]:
    steward = _count(day, scale, 1600, 2019.9, 3.4)
    others, alone = _count(day, scale, 380, 2019.4, 2.2), _count(day, scale, 260, 2018.3, 2.4)
    unknown = _count(day, scale, 45, 2019.5, 3.2)
    total = steward + others + alone + unknown
    known = (total - unknown) / total if total else 0.0
    single: dict[str, Callable[[], dict[str, tuple[float, int]]]] = {
        "commits": lambda: _with_total(
            {"steward": steward, "organization": others, "independent": alone, "unknown": unknown}
        ),
        "outside_share_of_commits": lambda: {"all": ((others + alone) / total, int(total))} if total else {},
        "affiliation_coverage": lambda: {"all": (known, int(total))} if total else {},
        "contributors": lambda: _with_total(
            {
                "commits": _count(day, scale**0.5, 240),
                "reviews": _count(day, scale**0.5, 150),
                "issues": _count(day, scale**0.5, 620, 2018.6),
            }
        ),
        "new_contributors": lambda: {"all": (n := _count(day, scale, 62, 2018.2, 2.6), int(n))},
        "time_to_first_response": lambda: {
            "median": (1.2 + level(day, 2.5, 2021), 300),
            "p90": (9 + level(day, 18, 2021), 300),
        },
        "conversion": lambda: {
            stage: (_count(day, scale, 900 * share), 900)
            for stage, share in (
                ("participants", 1.0),
                ("first pull request", 0.22),
                ("merged", 0.13),
                ("repeat", 0.04),
                ("reviewers", 0.012),
            )
        },
        "newcomer_retention": lambda: {
            "90 days": (0.18 + 0.05 * math.sin(day.year), 120),
            "365 days": (0.11 + 0.04 * math.sin(day.year), 120),
        },
        "organizations": lambda: _with_total(
            {
                name: _count(day, scale, peak)
                for name, peak in (("Intel", 140), ("NVIDIA", 110), ("IBM", 60), ("Arm", 38), ("AMD", 32))
            }
        ),
        "review_pairs": lambda: _with_total(
            {
                f"{author} → {reviewer}": _count(day, scale, 12 + 3 * len(author) * (author != reviewer))
                for author in ("Intel", "NVIDIA", "IBM")
                for reviewer in ("Intel", "NVIDIA", "IBM", "steward")
            }
        ),
        "elephant_factor": lambda: {"all": (float(1 + round(level(day, 3.2))), 40)},
        "google_cloud_share": lambda: {"all": (0.34 + 0.03 * math.sin(day.year), 210)},
        "release_cadence": lambda: {"all": (max(_count(day, scale, 2.2), 1.0), 2)},
        "stars": lambda: {
            "tensorflow": (197_000 * _logistic(day, 2017.8), 1),
            "pytorch": (88_000 * _logistic(day, 2020.6), 1),
        },
        "hostile": lambda: {"all": (_count(day, scale, 40), 40)},
    }
    give = single.get(metric)
    return give() if give else {}


def _logistic(day: date, middle: float) -> float:
    place = day.year + (day.timetuple().tm_yday - 1) / 365
    return 1 / (1 + math.exp(-(place - middle) * 1.3))


def _with_total(parts: dict[str, float]) -> dict[str, tuple[float, int]]:
    held = {name: (value, int(value)) for name, value in parts.items()}
    total = sum(parts.values())
    return {**held, "all": (total, int(total))}


def fill(engine: Engine, *, simulated: bool = False, running: bool = False) -> None:
    """Write the catalogue, two scopes, all values, the published benchmark facts, a ledger and a report."""
    names = (
        "metric",
        "goal",
        "title",
        "meaning",
        "unit",
        "direction",
        "segments",
        "headline",
        "figure",
        "coverage",
    )
    with writing(engine).begin() as connection:
        definitions = [
            {
                **dict(zip(names, metric, strict=True)),
                "source": "CHAOSS",
                "leaves_out": "Bots and proxies.",
                "sql": f"SELECT 1 -- {metric[0]}",
            }
            for metric in METRICS
        ]
        upsert(connection, table("metric_definitions"), definitions)
        upsert(
            connection,
            table("scopes"),
            [
                {
                    "scope_id": PROJECT,
                    "name": "project",
                    "kind": "project",
                    "title": "TensorFlow",
                    "position": 0,
                },
                {
                    "scope_id": REPOSITORY,
                    "name": "tensorflow/tensorflow",
                    "kind": "repository",
                    "title": "tensorflow/tensorflow",
                    "position": 1,
                },
            ],
        )
        upsert(
            connection,
            table("repositories"),
            [
                {
                    "repository_id": REPOSITORY,
                    "full_name": "tensorflow/tensorflow",
                    "role": "core",
                    "simulated": simulated,
                }
            ],
        )
        upsert(
            connection,
            table("metric_refreshes"),
            [
                {
                    "metric": metric[0],
                    "refreshed_at": NOW - timedelta(minutes=7),
                    "facts_until": NOW.date(),
                    "seconds": 0.1,
                    "rows": 100,
                }
                for metric in METRICS
            ],
        )
        upsert(connection, table("metric_values"), list(_values()))
    fill_beside(engine, simulated=simulated, running=running)


def fill_beside(engine: Engine, *, simulated: bool = False, running: bool = False) -> None:
    """Write what stands beside a community's numbers: published benchmark facts, a ledger and a report."""
    with writing(engine).begin() as connection:
        upsert(connection, table("collector_runs"), list(_runs(running)))
        for page in reference_pages(NOW):
            for name, rows in page.rows.items():
                upsert(connection, table(name), rows)
        upsert(connection, table("benchmark_results"), list(_two_runs(connection)))
        upsert(
            connection,
            table("reports"),
            [
                {
                    "report_id": 1,
                    "report": "weekly",
                    "scope": "project",
                    "period": date(2024, 3, 18),
                    "period_end": date(2024, 3, 24),
                    "headline": "Outside work held its ground.",
                    "html": "<!DOCTYPE html><html lang=en><title>Weekly</title><h1>Weekly digest</h1>",
                    "text": "Weekly digest",
                    "simulated": simulated,
                    "made_at": NOW - timedelta(days=2),
                }
            ],
        )
    refresh_answers(engine)


def _two_runs(connection: Connection) -> Iterator[dict[str, object]]:
    """Three published results measured again at two commits: better by a tenth in the second."""
    results = table("benchmark_results")
    held = connection.execute(results.select().order_by(results.c.result_id).limit(3)).mappings().all()
    for day, revision, factor in ((4, FIRST_RUN, 1.0), (2, SECOND_RUN, 1.1)):
        for row in held:
            again = {"measured_at": NOW - timedelta(days=day), "revision": revision, "round": None}
            key = f"{row['natural_key']} at {revision}"
            again |= {"natural_key": key, "result_id": stable_id("made up", key)}
            yield {**row, **again, "value": row["value"] * factor}


def _values() -> Iterator[dict[str, object]]:
    lengths = {"week": 12 / 52, "month": 1.0, "quarter": 3.0, "year": 12.0}
    for scope_id, share in ((PROJECT, 1.0), (REPOSITORY, 0.7)):
        for grain in GRAINS:
            for period, over in periods_of(grain):
                part = 1.0 if over else 0.4
                for metric in METRICS:
                    # A hole in the middle: nothing was collected then, which is not zero.
                    if metric[0] == "hostile" and period.year == 2019:
                        continue
                    for segment, (value, sample) in _segments(
                        metric[0], period, lengths[grain] * share * part
                    ).items():
                        yield {
                            "metric": metric[0],
                            "scope_id": scope_id,
                            "grain": grain,
                            "period": period,
                            "segment": segment,
                            "value": value,
                            "sample_size": sample,
                            "complete": over,
                        }


def _runs(running: bool) -> Iterator[dict[str, object]]:
    usual = {
        "pages": 12,
        "requests": 120,
        "points": 0,
        "expected_rows": None,
        "error": None,
        "next_step": None,
        "rejected": 0,
        "rejections": None,
    }

    def run(
        number: int, job: str, target: str, state: str, hours: float, rows: int, **more: object
    ) -> dict[str, object]:
        begun = NOW - timedelta(hours=hours)
        ended = None if state == "running" else begun + timedelta(minutes=4)
        return {
            **usual,
            "run_id": number,
            "job": job,
            "target": target,
            "state": state,
            "started_at": begun,
            "heartbeat_at": NOW if state == "running" else ended,
            "ended_at": ended,
            "rows": rows,
            **more,
        }

    yield run(1, "commits", "tensorflow/tensorflow", "done", 2, 162_135)
    yield run(
        2,
        "issues",
        "tensorflow/tensorflow",
        "done",
        1,
        41_702,
        expected_rows=41_702,
        rejected=2,
        rejections='[{"row": "#17", "reason": "no creation date"}]',
    )
    yield run(3, "releases", "keras-team/keras", "done", 24 * 9, 120)
    yield run(
        4,
        "pull_requests",
        "tensorflow/serving",
        "failed",
        3,
        800,
        error="GitHub answered 502 five times.",
        next_step="It is tried again with the next schedule.",
    )
    if running:
        yield run(5, "commits", "tensorflow/tensorboard", "running", 0.1, 2_400, expected_rows=5_946)
