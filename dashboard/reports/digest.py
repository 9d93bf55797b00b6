"""The digest of a period: what a report says of a scope, written from the same metrics as the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from sqlalchemy import Engine

from dashboard import periods, wording
from dashboard.reports import facts, kept, news, plain, story
from dashboard.reports.asked import ask
from dashboard.reports.charts import charts
from dashboard.reports.content import Content, Line, rendered
from dashboard.reports.measures import Measure, measures
from dashboard.reports.schedule import LATE_AFTER, Due, local
from dashboard.reports.scoring import goals
from dashboard.reports.settings import ReportSettings
from dashboard.reports.triage import events
from dashboard.reports.waiting import PATIENCE, Queue, Waiting, unanswered
from dashboard.reports.window import Window, last_over
from dashboard.site import Site
from db.errors import DatabaseError
from db.metrics import read
from db.metrics.read import ScopeText

#: At most so many first-timers and waiting items are named; the rest is counted.
SHOWN_NAMES, SHOWN_WAITING = 40, 10
GRAINS = ("week", "month")
TOLD_IN_THE_NEWEST = "What waits now is told in the issue about the newest period."


@dataclass(frozen=True)
class Digest:
    """One issue of a report, ready to be kept: its sentence, and the whole as HTML, as text and as JSON."""

    report: str
    scope: str
    period: date
    period_end: date
    headline: str
    html: str
    text: str
    content: str
    simulated: bool


def preview(
    engine: Engine, report: ReportSettings, scope: str, site: Site, now: datetime, due: Due | None = None
) -> Digest:
    """The issue about a period that is over (the last one, unless told), as it would be made now.

    Nothing is kept. Raises `DatabaseError` for a scope or a period that does not
    exist, and SQLAlchemy's errors when the database is away.
    """
    if report.period not in GRAINS:
        raise DatabaseError(
            f"is no period of a report ({report.period!r})",
            to=f"the report {report.name}",
            next_step=f"Choose one of {', '.join(GRAINS)}",
        )
    window = due.window if due else last_over(report.period, now)
    content = gather(engine, report, scope, window, site, now, late(report, due, now))
    headline = f"Simulated data: {content.headline}" if content.simulated else content.headline
    return Digest(
        report=report.name,
        scope=scope,
        period=window.first,
        period_end=window.last,
        headline=headline,
        html=rendered("weekly.html.j2", content),
        text=rendered("weekly.txt.j2", content),
        content=kept.as_json(content),
        simulated=content.simulated,
    )


def late(report: ReportSettings, due: Due | None, now: datetime) -> str:
    """A sentence that says that the issue is late, or nothing."""
    if due is None or now - due.at <= LATE_AFTER:
        return ""
    passed = wording.age(due.at, now).removesuffix(" ago")
    return f"Late: this issue was due on {local(due.at, report.time_zone)} and was made {passed} after that."


def gather(
    engine: Engine,
    report: ReportSettings,
    scope: str,
    window: Window,
    site: Site,
    now: datetime,
    late: str = "",
) -> Content:
    """Read everything that the issue says; raises `DatabaseError` for a scope that does not exist."""
    with engine.connect() as connection:
        held = measures(connection, scope, window)
        known = _scope(read.scopes(connection), scope)
        repositories = facts.repositories_of(connection, known.scope_id)
        simulated = facts.any_simulated(connection)
        as_of = read.as_of(connection)
        open_history = facts.unfinished(connection, repositories)
        newcomers = facts.first_timers(connection, repositories, window)
        # What waits is told as it is now: once, where several issues are made at once.
        newest = window.first >= last_over(window.grain, now).first
        waiting = unanswered(connection, known.scope_id, now, SHOWN_WAITING) if newest else None
        benchmarks = news.benchmarks(connection, window)
        caveats = news.caveats(connection, repositories, held, window, as_of, now, open_history)
        pictures = charts(connection, scope, window, site.steward)
        happened = events(connection, scope, window)
    subject = site.title if scope == "project" else known.title
    until = periods.day_named(as_of.facts_until) if as_of.facts_until else None
    covered = as_of.facts_until is None or news.collected_until_the_end(as_of, window)
    return Content(
        report=report.name,
        project=site.title,
        scope_title=plain.one_line(known.title),
        window=window,
        simulated=simulated,
        live_hint=site.live_hint,
        headline=plain.one_line(
            story.headline(held, window, subject, site.steward, until, covered, not open_history, happened),
            500,
        ),
        goals=goals(held, window, site),
        changes=[plain.one_line(change, 400) for change in story.changes(held, window, happened)],
        no_changes=story.no_changes(held, window),
        thanks=[_thanked(person, simulated) for person in newcomers[:SHOWN_NAMES]],
        more_thanks=max(len(newcomers) - SHOWN_NAMES, 0),
        no_thanks=_no_thanks(held, repositories, window),
        thanks_note=_thanks_note(newcomers, site.steward, bool(open_history)),
        waiting=[_asked(item) for item in waiting.named] if waiting else [],
        waiting_note=_waiting_note(waiting) if waiting else TOLD_IN_THE_NEWEST,
        benchmarks=benchmarks,
        caveats=caveats,
        charts=pictures,
        made=f"{periods.day_named(now.date())}, {now:%H:%M} UTC",
        late=late,
        triage=happened.lines,
        queries=ask(engine, report.queries, scope, window),
    )


def _scope(known: Sequence[ScopeText], name: str) -> ScopeText:
    found = next((scope for scope in known if scope.name == name), None)
    if found is None:
        names = ", ".join(scope.name for scope in known)
        hint = f"Choose one of {names}" if names else "None is held yet: run flowmeter collect first"
        raise DatabaseError("there is no such scope", to=name, next_step=hint)
    return found


def _thanked(person: facts.FirstTimer, simulated: bool) -> Line:
    work = ", ".join(_work(kind, quantity) for kind, quantity in person.work)
    if person.first_commit:
        work += "; the first commit here"
    if not person.affiliation_known:
        work += "; affiliation unknown"
    # A made-up login may be the name of somebody real.
    link = f"https://github.com/{quote(person.login, safe='')}" if person.login and not simulated else ""
    return Line(plain.one_line(person.name, 60) or "somebody without a name", work, link)


def _work(kind: str, quantity: int) -> str:
    words = kind.replace("_", " ")
    return f"{wording.whole(quantity)} {words if quantity == 1 else words + 's'}"


def _no_thanks(held: Mapping[str, Measure], repositories: Sequence[int], window: Window) -> str:
    if not repositories:
        return "Nobody can be named: the scope holds no repository."
    if all(measure.value is None for measure in held.values()):
        return f"Nobody can be named: nothing is held for {window.words}."
    return f"Nobody contributed for the first time in {window.words}, as far as is collected."


def _thanks_note(newcomers: Sequence[facts.FirstTimer], steward: str, unsure: bool) -> str:
    if not newcomers:
        return ""
    people = wording.counted(len(newcomers), "{count} person", "{count} people")
    whose = f"{people} not known to act for {steward}, by their first work of any kind or first commit here"
    return whose + ("; earlier work may not be collected yet." if unsure else ".")


def _asked(item: Waiting) -> Line:
    place = "pull" if item.kind == "pull_request" else "issues"
    link = f"https://github.com/{quote(item.repository)}/{place}/{item.number}"
    kind = item.kind.replace("_", " ")
    days = wording.counted(item.days, "{count} day", "{count} days")
    return Line(
        plain.one_line(item.title, 110) or "(no title)",
        f"{item.repository}#{item.number}, {kind}, {days}",
        "" if item.simulated else link,
    )


def _waiting_note(queue: Queue) -> str:
    if not queue.held:
        return "No issue or pull request is held, so that it cannot be told what waits."
    if not queue.total:
        return (
            f"Nothing waits: no open issue or pull request has been unanswered for {PATIENCE} days or more."
        )
    what = wording.counted(
        queue.total, "{count} issue or pull request has", "{count} issues and pull requests have"
    )
    told = f"{what} been without an answer by a human for {PATIENCE} days or more"
    named = len(queue.named)
    if queue.unsure:
        of_these = (
            "it may have one"
            if queue.total == 1
            else f"{wording.counted(queue.unsure, '{count} of them', '{count} of them')} may have one"
        )
        told += f"; {of_these}, as not all of what was said is collected"
    if named and named < queue.total:
        sure = " of those that surely have none" if queue.unsure else " of them"
        told += f". The newest {named if named > 1 else 'one'}{sure}"
    return f"{told}{':' if named else '.'}"
