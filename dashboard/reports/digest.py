"""The digest of a period: what a report says of a scope, written from the same metrics as the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from sqlalchemy import Engine

from dashboard import periods, wording
from dashboard.language import _, mark, speaking
from dashboard.language.values import scope_words
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
from db.metrics import freshness, read
from db.metrics.read import ScopeText

#: At most so many first-timers are named; the rest is counted.
SHOWN_NAMES = 40
GRAINS = ("week", "month")
TOLD_IN_THE_NEWEST = mark("What waits now is told in the issue about the newest period.")


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
    with speaking(report.language):
        content = gather(engine, report, scope, window, site, now, late(report, due, now))
        headline = content.headline
        if content.simulated:
            headline = _("Simulated data: {headline}").format(headline=headline)
        html, text = rendered("weekly.html.j2", content), rendered("weekly.txt.j2", content)
    return Digest(
        report=report.name,
        scope=scope,
        period=window.first,
        period_end=window.last,
        headline=headline,
        html=html,
        text=text,
        content=kept.as_json(content),
        simulated=content.simulated,
    )


def late(report: ReportSettings, due: Due | None, now: datetime) -> str:
    """A sentence that says that the issue is late, or nothing."""
    if due is None or now - due.at <= LATE_AFTER:
        return ""
    return _("Late: this issue was due on {when}, {age}.").format(
        when=local(due.at, report.time_zone), age=wording.age(due.at, now)
    )


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
        waiting = unanswered(connection, known.scope_id, now, window.length) if newest else None
        benchmarks = news.benchmarks(connection, scope, window)
        behind = []
        if not news.complete(held, window, as_of):
            behind = freshness.repositories_behind(connection, known.scope_id, window.last, now=now)
        caveats = news.caveats(connection, repositories, held, window, as_of, now, open_history, behind)
        unknown = facts.newcomers_of_unknown_affiliation(connection, repositories, window)
        pictures = charts(connection, scope, window, site.steward)
        happened = events(connection, scope, window)
    title = scope_words(known.title)
    subject = site.title if scope == "project" else title
    until = periods.day_named(as_of.facts_until) if as_of.facts_until else None
    covered = as_of.facts_until is None or news.collected_until_the_end(as_of, window)
    return Content(
        report=report.name,
        project=site.title,
        scope_title=plain.one_line(title),
        window=window,
        simulated=simulated,
        live_hint=_(site.live_hint),
        headline=plain.one_line(
            story.headline(
                held, window, subject, site.steward, until, covered, not open_history, happened, behind
            ),
            500,
        ),
        goals=goals(held, window, site, unknown),
        changes=[plain.one_line(change, 400) for change in story.changes(held, window, happened)],
        no_changes=story.no_changes(held, window),
        thanks=[_thanked(person, simulated) for person in newcomers[:SHOWN_NAMES]],
        more_thanks=max(len(newcomers) - SHOWN_NAMES, 0),
        no_thanks=_no_thanks(held, repositories, window),
        thanks_note=_thanks_note(newcomers, site.steward, bool(open_history)),
        waiting=[_asked(item) for item in waiting.named] if waiting else [],
        waiting_note=_waiting_note(waiting, window.length) if waiting else _(TOLD_IN_THE_NEWEST),
        waiting_named=_waiting_named(waiting) if waiting else "",
        benchmarks=benchmarks,
        caveats=caveats,
        charts=pictures,
        made=_("{day}, {time} UTC").format(day=periods.day_named(now.date()), time=f"{now:%H:%M}"),
        late=late,
        triage=happened.lines,
        queries=ask(engine, report.queries, scope, window),
        language=report.language,
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
        work += _("; the first commit here")
    if not person.affiliation_known:
        work += _("; affiliation unknown")
    # A made-up login may be the name of somebody real.
    link = f"https://github.com/{quote(person.login, safe='')}" if person.login and not simulated else ""
    return Line(plain.one_line(person.name, 60) or _("somebody without a name"), work, link)


def _work(kind: str, quantity: int) -> str:
    """How much of a kind of work: `3 commits`."""
    match kind:
        case "commit":
            return wording.counted(quantity, "{count} commit", "{count} commits")
        case "coauthored_commit":
            return wording.counted(quantity, "{count} coauthored commit", "{count} coauthored commits")
        case "pull_request":
            return wording.counted(quantity, "{count} pull request", "{count} pull requests")
        case "merged_pull_request":
            return wording.counted(quantity, "{count} merged pull request", "{count} merged pull requests")
        case "review":
            return wording.counted(quantity, "{count} review", "{count} reviews")
        case "issue":
            return wording.counted(quantity, "{count} issue", "{count} issues")
        case "comment":
            return wording.counted(quantity, "{count} comment", "{count} comments")
    return f"{wording.whole(quantity)} {kind.replace('_', ' ')}"


def _no_thanks(held: Mapping[str, Measure], repositories: Sequence[int], window: Window) -> str:
    if not repositories:
        return _("Nobody can be named: the scope holds no repository.")
    if all(measure.value is None for measure in held.values()):
        return _("Nobody can be named: nothing is held for {period}.").format(period=window.words)
    return _("Nobody contributed for the first time in {period}, as far as is collected.").format(
        period=window.words
    )


def _thanks_note(newcomers: Sequence[facts.FirstTimer], steward: str, unsure: bool) -> str:
    if not newcomers:
        return ""
    told = _(
        "First-timers are people not known to act for {steward} who worked here for the first time, or made "
        "their first commit here"
    ).format(steward=steward)
    return told + (_("; earlier work may not be collected yet.") if unsure else ".")


def _asked(item: Waiting) -> Line:
    place = "pull" if item.kind == "pull_request" else "issues"
    link = f"https://github.com/{quote(item.repository)}/{place}/{item.number}"
    kind = _("pull request") if item.kind == "pull_request" else _("issue")
    days = wording.counted(item.days, "{count} day", "{count} days")
    return Line(
        plain.one_line(item.title, 110) or _("(no title)"),
        f"{item.repository}#{item.number}, {kind}, {days}",
        "" if item.simulated else link,
    )


def _waiting_note(queue: Queue, length: int) -> str:
    if not queue.held:
        return _("No issue or pull request is held, so that it cannot be told what waits.")
    if not queue.total:
        return _(
            "Nothing waits: no open issue or pull request has been unanswered for {days} days or more."
        ).format(days=PATIENCE)
    told = wording.counted(
        queue.total,
        "{count} issue or pull request has been without an answer by a human for {days} days or more",
        "{count} issues and pull requests have been without an answer by a human for {days} days or more",
        days=PATIENCE,
    )
    if not queue.lately:
        told += _(", none of them newly so in the last {days} days").format(days=length)
    elif queue.lately < queue.total:
        told += wording.counted(
            queue.lately,
            ", {count} of them newly so in the last {days} days",
            ", {count} of them newly so in the last {days} days",
            days=length,
        )
    if queue.unsure and queue.total == 1:
        told += _("; it may have one, as not all of what was said is collected")
    elif queue.unsure:
        told += wording.counted(
            queue.unsure,
            "; {count} of them may have one, as not all of what was said is collected",
            "; {count} of them may have one, as not all of what was said is collected",
        )
    return f"{told}."


def _waiting_named(queue: Queue) -> str:
    """What the named ones are, where they are not all of those that wait."""
    named = len(queue.named)
    if not named or named == queue.total:
        return ""
    if queue.unsure:
        return wording.counted(
            named,
            "The newest one of those that surely have none:",
            "The newest {count} of those that surely have none:",
        )
    return wording.counted(named, "The newest one of them:", "The newest {count} of them:")
