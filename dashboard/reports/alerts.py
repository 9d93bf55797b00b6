"""Alerts: what crossed a line that flowmeter.toml draws, told once a crossing, and over when it is back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dashboard import periods, wording
from dashboard.delivery import queue
from dashboard.delivery.queue import Order
from dashboard.delivery.recipients import recipients
from dashboard.language import _, speaking
from dashboard.reports import measures, plain
from dashboard.reports.settings import AlertSettings
from dashboard.reports.story import before, joined, span
from dashboard.reports.triage import step_words
from dashboard.reports.window import Window, last_over
from dashboard.site import Site
from db.benchmarks.changes import regressions
from db.engine import writing
from db.metrics import read
from db.metrics.read import MetricText
from db.schema import stable_id, table

#: A metric out of its usual band is back when it is nearer to the median than so many deviations.
BACK = measures.UNUSUAL - 1
#: Confirmed regressions are looked for so far back; older ones are over.
REGRESSIONS = timedelta(days=60)


@dataclass(frozen=True)
class Seen:
    """What a rule sees of one subject: across its line, back, or (None) neither, so that nothing changes."""

    rule: str
    kind: str
    scope: str
    subject: str
    across: bool | None
    message: str

    @property
    def alert_id(self) -> int:
        """The same for the same rule, scope and subject."""
        return stable_id("alert", self.rule, self.scope, self.subject)


def look(engine: Engine, rules: Sequence[AlertSettings], site: Site, now: datetime) -> list[str]:
    """Look at everything that is watched; a line for each alert that opened or is over.

    Of several processes one opens an alert; what tells its recipients is put
    into the queue in the same transaction. Raises SQLAlchemy's errors when the
    database is away.
    """
    lines = []
    for rule in rules:
        with engine.connect() as connection, speaking(rule.language):
            found = _seen(connection, rule, site, now)
            held = table("alerts").c
            known = connection.execute(
                select(held.scope, held.subject).where(held.rule == rule.name, held.state == "open")
            ).all()
        seen = {(each.scope, each.subject) for each in found}
        # What is not seen at all any more (a regression that was withdrawn, say) is over.
        gone = [Seen(rule.name, rule.on, *each, False, "") for each in known if tuple(each) not in seen]
        for each in (*found, *gone):
            turned = _turn(engine, rule, each, now)
            if turned:
                lines.append(f"alert {each.rule} of {each.scope}: {turned}")
    return lines


def _turn(engine: Engine, rule: AlertSettings, seen: Seen, now: datetime) -> str:
    """Open the alert or end it, where it is not so already; in words, or nothing."""
    if seen.across is None:
        return ""
    held = table("alerts")
    of_this = held.c.alert_id == seen.alert_id
    with writing(engine).begin() as connection:
        if not seen.across:
            ended = connection.execute(
                update(held).where(of_this, held.c.state == "open").values(state="over", updated_at=now)
            ).rowcount
            return "over" if ended else ""
        crossing = _opened(connection, seen, now)
        if crossing is None:
            return ""
        orders = [
            Order(
                kind="alert",
                name=seen.rule,
                scope=seen.scope,
                audience=each.audience,
                channel=each.channel,
                recipient=each.key,
                label=each.label,
                due_at=now,
                alert_id=seen.alert_id,
                crossing=crossing,
            )
            for each in recipients(rule.recipients, seen.scope)
        ]
        queue.put_in(connection, orders, now)
    return f"opened: {seen.message}"


def _opened(connection: Connection, seen: Seen, now: datetime) -> int | None:
    """Which crossing this is; None when the alert is open already."""
    held = table("alerts")
    again = connection.execute(
        update(held)
        .where(held.c.alert_id == seen.alert_id, held.c.state == "over")
        .values(
            state="open",
            crossing=held.c.crossing + 1,
            message=seen.message,
            kind=seen.kind,
            opened_at=now,
            updated_at=now,
        )
        .returning(held.c.crossing)
    ).scalar_one_or_none()
    if again is not None:
        return int(again)
    row = {
        "alert_id": seen.alert_id,
        "rule": seen.rule,
        "kind": seen.kind,
        "scope": seen.scope,
        "subject": seen.subject,
        "message": seen.message,
        "state": "open",
        "crossing": 1,
        "opened_at": now,
        "updated_at": now,
    }
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    fresh = connection.execute(
        insert(held)
        .values(row)
        .on_conflict_do_nothing(index_elements=["alert_id"])
        .returning(held.c.alert_id)
    ).first()
    return None if fresh is None else 1


def _seen(connection: Connection, rule: AlertSettings, site: Site, now: datetime) -> list[Seen]:
    if rule.on == "regression":
        return _regressions(connection, rule, now)
    if rule.on == "stale":
        return [_stale(connection, rule, now)]
    metric = read.definitions(connection).get(rule.metric)
    known = {scope.name for scope in read.scopes(connection)}
    if metric is None:
        return []
    find = _target if rule.on == "target" else _unusual
    return [find(connection, rule, metric, scope, site, now) for scope in rule.scopes if scope in known]


def _target(
    connection: Connection, rule: AlertSettings, metric: MetricText, scope: str, site: Site, now: datetime
) -> Seen:
    window = last_over(rule.grain, now)
    series = measures.series_of(connection, metric, scope, window)
    whole = [day for day in series.values if series.complete.get(day, False)]
    if not whole:
        return Seen(rule.name, rule.on, scope, rule.metric, None, "")
    day = max(whole)
    value = series.values[day]
    rises = rule.above is not None
    line = rule.above if rule.above is not None else rule.below
    if line is None:
        raise ValueError(f"the alert {rule.name} has no line to cross")
    room = abs(line) * rule.margin
    across: bool | None = None
    if value >= line if rises else value <= line:
        across = True
    elif value < line - room if rises else value > line + room:
        across = False
    told = measures.measure(metric, series, Window(rule.grain, day, day))
    reached = _("{subject}: {noun} reached the line of {line}: {value} in {period}.")
    fell = _("{subject}: {noun} fell to the line of {line}: {value} in {period}.")
    message = (reached if rises else fell).format(
        subject=_subject(scope, site),
        noun=told.small_noun,
        line=wording.amount(line, metric.unit),
        value=told.beside(value),
        period=Window(rule.grain, day, day).words,
    )
    return Seen(rule.name, rule.on, scope, rule.metric, across, plain.one_line(message, 400))


def _unusual(
    connection: Connection, rule: AlertSettings, metric: MetricText, scope: str, site: Site, now: datetime
) -> Seen:
    window = last_over(rule.grain, now)
    told = measures.measure(metric, measures.series_of(connection, metric, scope, window), window)
    standing, judged = told.standing, told.judged
    if standing is None or judged is None:
        return Seen(rule.name, rule.on, scope, rule.metric, None, "")
    across: bool | None = None
    if standing.direction and not standing.seasonal:
        across = True
    elif standing.strength < BACK or standing.seasonal:
        across = False
    rose = _("{subject}: {noun} rose above the usual: {value} in {period}, against {range} in {before}.")
    fell = _("{subject}: {noun} fell below the usual: {value} in {period}, against {range} in {before}.")
    noun = told.small_noun
    message = (rose if standing.direction > 0 else fell).format(
        subject=_subject(scope, site),
        noun=noun if told.without_bots is None else _("{what} without bots").format(what=noun),
        value=told.beside(judged),
        period=window.words,
        range=span(told, standing),
        before=before(standing, rule.grain),
    )
    return Seen(rule.name, rule.on, scope, rule.metric, across, plain.one_line(message, 400))


def _regressions(connection: Connection, rule: AlertSettings, now: datetime) -> list[Seen]:
    found = regressions(connection, since=(now - REGRESSIONS).date(), suite=rule.suite or None)
    told = []
    for row in found.to_dict("records"):
        message = _("A benchmark became worse: {step}{more}.").format(step=step_words(row), more="")
        told.append(
            Seen(
                rule.name,
                rule.on,
                rule.scopes[0],
                f"change point {row['change_point_id']}",
                True,
                plain.one_line(message, 400),
            )
        )
    return told


def _stale(connection: Connection, rule: AlertSettings, now: datetime) -> Seen:
    as_of = read.as_of(connection)
    patience = timedelta(days=rule.days)
    parts = []
    if as_of.refreshed_at is None:
        parts.append(_("no number has been computed yet"))
    elif now - as_of.refreshed_at > patience:
        parts.append(_("numbers were computed {age}").format(age=wording.age(as_of.refreshed_at, now)))
    if as_of.facts_until is not None:
        end = datetime.combine(as_of.facts_until, time.max, now.tzinfo)
        if now - end > patience:
            day = periods.day_named(as_of.facts_until)
            parts.append(_("the newest facts are of {day}").format(day=day))
    message = _("The data is stale: {why}.").format(why=joined(parts)) if parts else ""
    return Seen(rule.name, rule.on, rule.scopes[0], "the data", bool(parts), message)


def _subject(scope: str, site: Site) -> str:
    return site.title if scope == "project" else scope
