"""Benchmark news, and how far a report's data can be trusted: freshness, coverage, what is incomplete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, and_, func, or_, select

from dashboard import operations, periods, wording
from dashboard.language import _, mark
from dashboard.language.values import called
from dashboard.reports.layout import noun_of
from dashboard.reports.measures import Measure
from dashboard.reports.plain import one_line
from dashboard.reports.triage import NOT_STATED
from dashboard.reports.window import Window
from db.benchmarks.results import results
from db.metrics.read import AsOf
from db.schema import table

SHOWN_RESULTS, SHOWN_SOURCES, SHOWN_LAGGING = 5, 8, 3
STATES = {
    "failed": mark("{source} failed ({why})"),
    "interrupted": mark("{source} interrupted ({why})"),
    "stale": mark("{source} stale ({why})"),
    "waiting": mark("{source} waiting ({why})"),
}
BETTER = {"higher": mark("higher is better"), "lower": mark("lower is better")}


@dataclass(frozen=True)
class Benchmarks:
    """Results that came in the period, one line each, and how many came in all.

    When none did, `newest` is the day of the newest. `elsewhere` says that the project's own
    report tells of them.
    """

    lines: tuple[str, ...]
    total: int
    newest: str | None
    elsewhere: bool = False


def benchmarks(connection: Connection, scope: str, window: Window) -> Benchmarks:
    """Valid results measured in the window or first read in it; the newest measured come first.

    They are told of the project alone: no repository or role owns a benchmark.
    """
    if scope != "project":
        return Benchmarks((), 0, None, elsewhere=True)
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
    newest = connection.execute(select(func.max(held.c.measured_at)).where(*earlier)).scalar_one()
    return Benchmarks((), 0, None if newest is None else periods.day_named(newest.date()))


def _line(row: object) -> str:
    held = row._mapping  # type: ignore[attr-defined]  # a SQLAlchemy row
    hardware = " ".join(
        part for part in (f"{held['count']:,} ×" if held["count"] else "", held["family"]) if part
    )
    software = " ".join(part for part in (held["framework"], held["version"]) if part)
    told = _("{suite} {case}, {metric}: {value} on {hardware}")
    if held["family"] in NOT_STATED:
        told = _("{suite} {case}, {metric}: {value}")
        if software:
            told = _("{suite} {case}, {metric}: {value} with {software}")
    elif software:
        told = _("{suite} {case}, {metric}: {value} on {hardware} with {software}")
    words = told.format(
        suite=held["suite"],
        case=held["case"],
        metric=called(held["metric"].replace("_", " ")),
        value=wording.measured(held["value"], held["unit"]),
        hardware=hardware,
        software=software,
    )
    day = periods.day_named(held["measured_at"].date())
    better = _(BETTER.get(held["direction"], ""))
    return one_line("; ".join(filter(None, (f"{words} ({called(held['claim'])} {day}", better))) + ")", 260)


def caveats(
    connection: Connection,
    repositories: Sequence[int],
    held: Mapping[str, Measure],
    window: Window,
    as_of: AsOf,
    now: datetime,
    unfinished: Sequence[tuple[str, str]],
    behind: Sequence[tuple[str, date]] = (),
) -> list[str]:
    """What a reader must know before believing the numbers, one sentence each."""
    told = [_freshness(as_of, window, now)]
    told += _incomplete(held, window)
    told += _lagging(behind, window)
    told += _coverage(held)
    if unfinished:
        told.append(
            _(
                "Not yet collected to its beginning: {sources}. "
                "Whoever is called a first-timer may have come before."
            ).format(sources=listed([_job(job, target) for job, target in unfinished], SHOWN_SOURCES))
        )
    return told + _sources(connection, repositories, now)


def collected_until_the_end(as_of: AsOf, window: Window) -> bool:
    """Whether the facts reach the window's last day."""
    return as_of.facts_until is not None and as_of.facts_until >= window.last


def complete(held: Mapping[str, Measure], window: Window, as_of: AsOf) -> bool:
    """Whether every number of the period is final, as far as facts go."""
    present = [measure for measure in held.values() if measure.value is not None]
    covered = as_of.facts_until is None or collected_until_the_end(as_of, window)
    return covered and bool(present) and all(measure.complete for measure in present)


def _freshness(as_of: AsOf, window: Window, now: datetime) -> str:
    if as_of.refreshed_at is None:
        return _("It is not known up to which day facts were collected: no refresh is on record.")
    age = wording.age(as_of.refreshed_at, now)
    if as_of.facts_until is None:
        return _("Numbers were computed {age}; no dated facts were held then.").format(age=age)
    day = periods.day_named(as_of.facts_until)
    if collected_until_the_end(as_of, window):
        return _("Numbers were computed {age} from facts up to {day}.").format(age=age, day=day)
    return _(
        "Numbers were computed {age} from facts up to {day}: {period} ({days}) is not covered to its end."
    ).format(age=age, day=day, period=window.words, days=window.days)


def _incomplete(held: Mapping[str, Measure], window: Window) -> list[str]:
    partial = [m.noun for m in held.values() if m.value is not None and not m.complete]
    if not partial:
        return []
    if len(partial) == sum(m.value is not None for m in held.values()):
        told = _("No number of {period} is complete yet: all of them may still change.")
        return [told.format(period=window.words)]
    told = _("Not complete for {period}, so that it may still change: {metrics}.")
    return [told.format(period=window.words, metrics=listed(partial, 12))]


def _lagging(behind: Sequence[tuple[str, date]], window: Window) -> list[str]:
    """Which repositories are not collected to the end of the period, and since when."""
    if not behind:
        return []
    until = _("{repository} (its facts end on {day})")
    named = [until.format(repository=name, day=periods.day_named(day)) for name, day in behind]
    return [
        wording.counted(
            len(behind),
            "Not collected to the end of {period}: {repositories}.",
            "{count} repositories are not collected to the end of {period}: {repositories}.",
            period=window.words,
            repositories=listed(named, SHOWN_LAGGING),
        )
    ]


def _coverage(held: Mapping[str, Measure]) -> list[str]:
    told, unknown = [], []
    for name in dict.fromkeys(measure.metric.coverage for measure in held.values()):
        if not name:
            continue
        known = held.get(name)
        if known is None or known.value is None:
            unknown.append(_(noun_of(name)))
        elif known.value < 1:
            rest = _("{noun}: {value}; the rest is counted as unknown.")
            told.append(rest.format(noun=known.noun, value=known.written(known.value)))
    if unknown:
        told.append(_("Not known for this period: {metrics}.").format(metrics=", ".join(unknown)))
    return told


def _sources(connection: Connection, repositories: Sequence[int], now: datetime) -> list[str]:
    names = table("repositories")
    targets = set(
        connection.execute(select(names.c.full_name).where(names.c.repository_id.in_(repositories))).scalars()
    )
    jobs = [job for job in operations.jobs(connection, now) if job.target in targets or job.target == "all"]
    if not jobs:
        return [_("No run of the collectors is on record for these repositories.")]
    troubled = []
    for job in jobs:
        name = _job(job.job, job.target)
        if job.shown_state in STATES:
            if job.shown_state in ("failed", "interrupted"):
                why = one_line(job.error or _("no reason is on record"), 120)
            elif job.last_success:
                why = _("last success {age}").format(age=wording.age(job.last_success, now))
            else:
                why = _("no success yet")
            troubled.append(_(STATES[job.shown_state]).format(source=name, why=why))
        elif job.rejected:
            troubled.append(
                wording.counted(
                    job.rejected,
                    "{source} refused {count} row",
                    "{source} refused {count} rows",
                    source=name,
                )
            )
    if not troubled:
        oldest = min((job.last_success for job in jobs if job.last_success), default=None)
        if oldest is None:
            return [
                wording.counted(
                    len(jobs),
                    "The only source of this scope has not succeeded yet.",
                    "None of the {count} sources of this scope has succeeded yet.",
                )
            ]
        return [
            wording.counted(
                len(jobs),
                "The only source is fresh: it succeeded {age}.",
                "All {count} sources are fresh: the oldest success was {age}.",
                age=wording.age(oldest, now),
            )
        ]
    told = _("Sources with trouble, {count} of {all}: {sources}.")
    return [told.format(count=len(troubled), all=len(jobs), sources=listed(troubled, SHOWN_SOURCES, "; "))]


def _job(job: str, target: str) -> str:
    if target == "all":
        return job.replace("_", " ")
    return _("{job} of {repository}").format(job=job.replace("_", " "), repository=target)


def listed(names: Sequence[str], most: int, between: str = ", ") -> str:
    """Names in a row, the rest only counted: `a, b and 3 more`."""
    shown, rest = names[:most], len(names) - most
    return between.join(shown) + (_(" and {count} more").format(count=rest) if rest > 0 else "")
