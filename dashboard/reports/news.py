"""Benchmark news, and how far a report's data can be trusted: freshness, coverage, what is incomplete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Connection, and_, func, or_, select

from dashboard import operations, periods, wording
from dashboard.reports.measures import Measure
from dashboard.reports.plain import one_line
from dashboard.reports.window import Window
from db.benchmarks.results import results
from db.metrics.read import AsOf
from db.schema import table

SHOWN_RESULTS, SHOWN_SOURCES = 5, 8


@dataclass(frozen=True)
class Benchmarks:
    """Results that came in the period, one line each, and how many came in all; `newest` when none did."""

    lines: tuple[str, ...]
    total: int
    newest: str | None


def benchmarks(connection: Connection, window: Window) -> Benchmarks:
    """Valid results measured in the window or first read in it; the newest measured come first."""
    held, sources = table("benchmark_results"), table("benchmark_sources")
    since = datetime.combine(window.first, time(), UTC)
    until = datetime.combine(window.last, time(), UTC) + timedelta(days=1)

    new = and_(
        held.c.valid,
        or_(
            False,
            *(
                and_(held_at >= since, held_at < until)
                for held_at in (held.c.measured_at, sources.c.ingested_at)
            ),
        ),
    )
    order = (held.c.measured_at.desc(), held.c.result_id)
    total = connection.execute(
        select(func.count())
        .select_from(held.join(sources, sources.c.source_id == held.c.source_id))
        .where(new)
    ).scalar_one()
    shown = connection.execute(results().where(new).order_by(*order).limit(SHOWN_RESULTS)).all()
    if shown:
        return Benchmarks(tuple(_line(row) for row in shown), int(total), None)
    earlier = (held.c.valid, held.c.measured_at < until)
    last = connection.execute(results().where(*earlier).order_by(*order).limit(1)).first()
    return Benchmarks((), 0, None if last is None else _line(last))


def _line(row: object) -> str:
    held = row._mapping  # type: ignore[attr-defined]  # a SQLAlchemy row
    hardware = " ".join(
        part for part in (f"{held['count']:,} ×" if held["count"] else "", held["family"]) if part
    )
    software = " ".join(part for part in (held["framework"], held["version"]) if part)
    better = f"{held['direction']} is better"
    words = (
        f"{held['suite']} {held['case']}, {held['metric'].replace('_', ' ')}: "
        f"{wording.measured(held['value'], held['unit'])} on {hardware}"
        f"{f' with {software}' if software else ''} "
        f"({held['claim']} {periods.day_named(held['measured_at'].date())}; {better})"
    )
    return one_line(words, 260)


def caveats(
    connection: Connection,
    repositories: Sequence[int],
    held: Mapping[str, Measure],
    window: Window,
    as_of: AsOf,
    now: datetime,
    unfinished: Sequence[tuple[str, str]],
) -> list[str]:
    """What a reader must know before believing the numbers, one sentence each."""
    told = [_freshness(as_of, window, now)]
    told += _incomplete(held, window)
    told += _coverage(held)
    if unfinished:
        told.append(
            "Not yet collected to its beginning: "
            + listed([f"{job.replace('_', ' ')} of {target}" for job, target in unfinished], SHOWN_SOURCES)
            + ". Whoever is called a first-timer may have come before."
        )
    return told + _sources(connection, repositories, now)


def collected_until_the_end(as_of: AsOf, window: Window) -> bool:
    """Whether the facts reach the window's last day."""
    return as_of.facts_until is not None and as_of.facts_until >= window.last


def _freshness(as_of: AsOf, window: Window, now: datetime) -> str:
    if as_of.refreshed_at is None:
        return "It is not known up to which day facts were collected: no refresh is on record."
    computed = f"Numbers were computed {wording.age(as_of.refreshed_at, now)}"
    if as_of.facts_until is None:
        return f"{computed}; no dated facts were held then."
    until = f"{computed} from facts up to {periods.day_named(as_of.facts_until)}"
    if collected_until_the_end(as_of, window):
        return f"{until}."
    return f"{until}: {window.words} ({window.days}) is not covered to its end."


def _incomplete(held: Mapping[str, Measure], window: Window) -> list[str]:
    partial = [m.noun for m in held.values() if m.value is not None and not m.complete]
    if not partial:
        return []
    if len(partial) == sum(m.value is not None for m in held.values()):
        return [f"No number of {window.words} is complete yet: all of them may still change."]
    return [f"Not complete for {window.words}, so that it may still change: {listed(partial, 12)}."]


def _coverage(held: Mapping[str, Measure]) -> list[str]:
    told, unknown = [], []
    for name in dict.fromkeys(measure.metric.coverage for measure in held.values()):
        if not name:
            continue
        known = held.get(name)
        if known is None or known.value is None:
            unknown.append(name.replace("_", " "))
        else:
            rest = "; the rest is counted as unknown" if known.value < 1 else ""
            told.append(f"{known.noun}: {known.written(known.value)}{rest}.")
    if unknown:
        lacking = " and ".join(unknown)
        told.append(f"{lacking[:1].upper()}{lacking[1:]}: not known for this period.")
    return told


def _sources(connection: Connection, repositories: Sequence[int], now: datetime) -> list[str]:
    names = table("repositories")
    targets = set(
        connection.execute(select(names.c.full_name).where(names.c.repository_id.in_(repositories))).scalars()
    )
    jobs = [job for job in operations.jobs(connection, now) if job.target in targets or job.target == "all"]
    if not jobs:
        return ["No run of the collectors is on record for these repositories."]
    troubled = []
    for job in jobs:
        name = f"{job.job.replace('_', ' ')} of {job.target}"
        if job.shown_state in ("failed", "interrupted"):
            troubled.append(
                f"{name} {job.shown_state} ({one_line(job.error or 'no reason is on record', 120)})"
            )
        elif job.shown_state in ("stale", "waiting"):
            last = (
                f"last success {wording.age(job.last_success, now)}" if job.last_success else "no success yet"
            )
            troubled.append(f"{name} {job.shown_state} ({last})")
        elif job.rejected:
            troubled.append(f"{name} refused {wording.counted(job.rejected, '{count} row', '{count} rows')}")
    if not troubled:
        oldest = min((job.last_success for job in jobs if job.last_success), default=None)
        if oldest is None:
            return [f"None of the {len(jobs)} sources of this scope has succeeded yet."]
        return [
            f"All {wording.counted(len(jobs), '{count} source', '{count} sources')} fresh: "
            f"the oldest success was {wording.age(oldest, now)}."
        ]
    return [f"Sources with trouble, {len(troubled)} of {len(jobs)}: {listed(troubled, SHOWN_SOURCES, '; ')}."]


def listed(names: Sequence[str], most: int, between: str = ", ") -> str:
    """Names in a row, the rest only counted: `a, b and 3 more`."""
    shown, rest = names[:most], len(names) - most
    return between.join(shown) + (f" and {rest} more" if rest > 0 else "")
