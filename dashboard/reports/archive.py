"""The issues that were made: each once per report, scope and period, kept as a row with its deliveries."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.dialects import postgresql, sqlite

from dashboard.delivery import queue
from dashboard.delivery.queue import Order
from dashboard.delivery.recipients import recipients
from dashboard.reports import facts
from dashboard.reports.digest import Digest, preview
from dashboard.reports.files import write_missing
from dashboard.reports.schedule import Due, due
from dashboard.reports.settings import ReportSettings
from dashboard.reports.window import Window, last_over
from dashboard.site import Site
from db.engine import writing
from db.metrics import read
from db.schema import table

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Issue:
    """One issue that was made, without its texts."""

    report_id: int
    report: str
    scope: str
    period: date
    period_end: date
    headline: str
    made_at: datetime
    simulated: bool


def issues(connection: Connection) -> list[Issue]:
    """Every issue that was made, newest period first, then the last made."""
    held = table("reports")
    columns = [held.c[name] for name in Issue.__dataclass_fields__]
    rows = connection.execute(select(*columns).order_by(held.c.period.desc(), held.c.report_id.desc()))
    return [Issue(**row._mapping) for row in rows]


def make_due(
    engine: Engine, reports: Sequence[ReportSettings], site: Site, now: datetime, *, force: bool
) -> list[str]:
    """Make each report's issues that are due, once, and write the files that are missing.

    The table decides: of two processes at once one makes the issue, and an issue
    that is held is never made again. What goes to its recipients is put into the
    queue with the row; its files follow the row, so that a kill between them is
    made good by the next call. With `force` the last period that is over is due
    before its hour too. Returns a line for each issue that was made or written,
    and with `force` for each that was skipped. A file that cannot be written is
    told in a line and in `deliveries`, and does not keep the others back. Raises
    SQLAlchemy's errors when the database is away.
    """
    lines: list[str] = []
    for report in reports:
        for scope in report.scopes:
            lines += _make(engine, report, scope, site, now, force=force)
            lines += write_missing(engine, report, scope, now)
    return lines


def _make(
    engine: Engine, report: ReportSettings, scope: str, site: Site, now: datetime, *, force: bool
) -> list[str]:
    newest = last_over(report.period, now)
    held = table("reports")
    of_this = (held.c.report == report.name, held.c.scope == scope)
    with engine.connect() as connection:
        last = connection.execute(select(func.max(held.c.period)).where(*of_this)).scalar_one()
        if force and last is not None and last >= newest.first:
            made = connection.execute(
                select(held.c.report_id).where(*of_this, held.c.period == newest.first)
            ).scalar_one_or_none()
            before = "it was made before" + (f" (issue {made})" if made is not None else "")
            return [f"{_named(report, scope, newest)}: skipped, {before}"]
        asked = due(report, last, now, force=force)
        if not asked:
            return []
        scope_id = next((s.scope_id for s in read.scopes(connection) if s.name == scope), None)
        reason = _nothing_to_tell(connection, scope_id)
    if reason:
        if scope_id is None:
            log.warning("%s: skipped, %s", _named(report, scope, newest), reason)
        return [f"{_named(report, scope, newest)}: skipped, {reason}"] if force else []
    lines = []
    for each in asked:
        if report.skip_if_empty and scope_id is not None:
            with engine.connect() as connection:
                if not facts.has_values(connection, scope_id, each.window):
                    lines += [f"{_named(report, scope, each.window)}: skipped, it is empty"] if force else []
                    continue
        lines += _made(engine, report, scope, site, now, each, late=last is not None, force=force)
    return lines


def _nothing_to_tell(connection: Connection, scope_id: int | None) -> str:
    if scope_id is None:
        return "there is no such scope"
    if not facts.has_values(connection, scope_id):
        return "no metric has a value there yet"
    return ""


def _made(
    engine: Engine,
    report: ReportSettings,
    scope: str,
    site: Site,
    now: datetime,
    asked: Due,
    *,
    late: bool,
    force: bool,
) -> list[str]:
    # The first issue ever cannot have been missed: it is late for nobody.
    digest = preview(engine, report, scope, site, now, asked if late else Due(asked.window, now))
    number = _keep(engine, report, digest, asked.at if late else min(asked.at, now), now)
    what = _named(report, scope, asked.window)
    if number is None:
        return [f"{what}: skipped, another process made it meanwhile"] if force else []
    return [f"{what}: made, issue {number}: {digest.headline}"]


def _named(report: ReportSettings, scope: str, window: Window) -> str:
    return f"{report.name} of {scope} for {window.first.isoformat()}"


def _keep(
    engine: Engine, report: ReportSettings, digest: Digest, due_at: datetime, now: datetime
) -> int | None:
    """Write the issue's row and put in its deliveries; its number, or None when the issue is held already."""
    held = table("reports")
    row = {
        "report": digest.report,
        "scope": digest.scope,
        "period": digest.period,
        "period_end": digest.period_end,
        "headline": digest.headline,
        "html": digest.html,
        "text": digest.text,
        "content": digest.content,
        "simulated": digest.simulated,
        "due_at": due_at,
        "made_at": now,
    }
    with writing(engine).begin() as connection:
        insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        number = connection.execute(
            insert(held)
            .values(row)
            .on_conflict_do_nothing(index_elements=["report", "scope", "period"])
            .returning(held.c.report_id)
        ).scalar_one_or_none()
        if number is None:
            return None
        orders = [
            Order(
                kind="report",
                name=digest.report,
                scope=digest.scope,
                audience=each.audience,
                channel=each.channel,
                recipient=each.key,
                label=each.label,
                due_at=due_at,
                period=digest.period,
                report_id=int(number),
            )
            for each in recipients(report.recipients, digest.scope)
        ]
        queue.put_in(connection, orders, now)
    return int(number)
