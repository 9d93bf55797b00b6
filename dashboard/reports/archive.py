"""The issues that were made: each once per report, scope and period, kept as a row and as two files."""

from __future__ import annotations

import logging
import os
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from dashboard.reports import facts
from dashboard.reports.digest import Digest, ReportSettings, preview
from dashboard.reports.window import last_over
from dashboard.site import Site
from db.engine import writing
from db.metrics import read
from db.schema import table

log = logging.getLogger(__name__)
CHANNEL = "file"
#: Ending of an issue's file → the column that it is written from.
FILES = {"html": "html", "txt": "text"}


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
    """Make each report's issue of the last period that is over, once, and write the files that are missing.

    The table decides: of two processes at once one makes the issue, and an issue
    that is held is never made again. Its files follow the row, so that a kill
    between them is made good by the next call. Returns a line for each issue
    that was made or written, and with `force` for each that was skipped. A file
    that cannot be written is told in a line and in `report_deliveries`, and does
    not keep the others back. Raises SQLAlchemy's errors when the database is away.
    """
    lines: list[str] = []
    for report in reports:
        for scope in report.scopes:
            lines += _make(engine, report, scope, site, now, force=force)
            lines += _write_missing(engine, report, scope, now)
    return lines


def slug(scope: str) -> str:
    """A scope's name as a folder's: `tensorflow/tensorflow` → `tensorflow--tensorflow`.

    Two scopes never share a folder: GitHub's names hold no `--` at their ends,
    and whatever else a path cannot hold is written as its code.
    """
    coded = re.sub(r"[^A-Za-z0-9._/:-]", lambda found: f"%{ord(found.group()):x}", scope)
    name = coded.replace("/", "--").replace(":", "=")
    return f"%{name}" if name.startswith(".") else name


def file_of(report: ReportSettings, scope: str, period: date, ending: str) -> Path:
    """Where an issue's file lies: `FOLDER/NAME/SCOPE/PERIOD.html` or `.txt`."""
    return report.folder / report.name / slug(scope) / f"{period.isoformat()}.{ending}"


def _make(
    engine: Engine, report: ReportSettings, scope: str, site: Site, now: datetime, *, force: bool
) -> list[str]:
    window = last_over(report.period, now)
    what = f"{report.name} of {scope} for {window.first.isoformat()}"
    held = table("reports")
    with engine.connect() as connection:
        made = connection.execute(
            select(held.c.report_id).where(
                held.c.report == report.name, held.c.scope == scope, held.c.period == window.first
            )
        ).first()
        if made is not None:
            return [f"{what}: skipped, it was made before (issue {made.report_id})"] if force else []
        scope_id = next((s.scope_id for s in read.scopes(connection) if s.name == scope), None)
        if scope_id is None:
            if force:
                return [f"{what}: skipped, there is no such scope"]
            log.warning("%s: skipped, there is no such scope", what)
            return []
        if not facts.has_values(connection, scope_id):
            return [f"{what}: skipped, no metric has a value there yet"] if force else []
    digest = preview(engine, report, scope, site, now)
    number = _keep(engine, digest, now)
    if number is None:
        return [f"{what}: skipped, another process made it meanwhile"] if force else []
    return [f"{what}: made, issue {number}: {digest.headline}"]


def _keep(engine: Engine, digest: Digest, now: datetime) -> int | None:
    """Write the issue's row; its number, or None when the issue is held already."""
    held = table("reports")
    row = {
        "report": digest.report,
        "scope": digest.scope,
        "period": digest.period,
        "period_end": digest.period_end,
        "headline": digest.headline,
        "html": digest.html,
        "text": digest.text,
        "simulated": digest.simulated,
        "made_at": now,
    }
    with writing(engine).begin() as connection:
        statement = (
            _insert(connection, held)
            .values(row)
            .on_conflict_do_nothing(index_elements=["report", "scope", "period"])
            .returning(held.c.report_id)
        )
        number = connection.execute(statement).scalar_one_or_none()
    return None if number is None else int(number)


def _write_missing(engine: Engine, report: ReportSettings, scope: str, now: datetime) -> list[str]:
    """Write the files of held issues that are not there; one line for each issue that needed it."""
    held = table("reports")
    with engine.connect() as connection:
        known = connection.execute(
            select(held.c.report_id, held.c.period)
            .where(held.c.report == report.name, held.c.scope == scope)
            .order_by(held.c.period)
        ).all()
        delivered = _delivered(connection, [row.report_id for row in known])
    lines = []
    for row in known:
        missing = [ending for ending in FILES if not file_of(report, scope, row.period, ending).exists()]
        recipient = str(file_of(report, scope, row.period, "html").parent)
        if missing or (row.report_id, recipient) not in delivered:
            lines += _deliver(engine, report, scope, row.report_id, missing, now)
    return lines


def _delivered(connection: Connection, numbers: Sequence[int]) -> set[tuple[int, str]]:
    sent = table("report_deliveries")
    rows = connection.execute(
        select(sent.c.report_id, sent.c.recipient).where(
            sent.c.report_id.in_(numbers), sent.c.channel == CHANNEL, sent.c.state == "sent"
        )
    )
    return {(row.report_id, row.recipient) for row in rows}


def _deliver(
    engine: Engine, report: ReportSettings, scope: str, number: int, missing: Sequence[str], now: datetime
) -> list[str]:
    held = table("reports")
    with engine.connect() as connection:
        row = connection.execute(select(held).where(held.c.report_id == number)).one()
    folder = file_of(report, scope, row.period, "html").parent
    error = None
    try:
        for ending in missing:
            _write(file_of(report, scope, row.period, ending), row._mapping[FILES[ending]])
    except OSError as fault:
        error = f"{fault.strerror or fault}: {fault.filename or folder}"
    _record(engine, number, str(folder), error, now)
    what = f"{report.name} of {scope} for {row.period.isoformat()}"
    if error is not None:
        log.error("%s: its files could not be written (%s)", what, error)
        return [f"{what}: its files could not be written ({error})"]
    if not missing:
        return []
    names = " and ".join(str(file_of(report, scope, row.period, ending)) for ending in missing)
    return [f"{what}: wrote {names}"]


def _write(path: Path, words: str) -> None:
    """Write a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(words)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _record(engine: Engine, number: int, recipient: str, error: str | None, now: datetime) -> None:
    sent = table("report_deliveries")
    with writing(engine).begin() as connection:
        statement = _insert(connection, sent).values(
            report_id=number,
            channel=CHANNEL,
            recipient=recipient,
            state="sent" if error is None else "failed",
            attempts=1,
            error=error,
            updated_at=now,
        )
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["report_id", "channel", "recipient"],
                set_={
                    "state": statement.excluded.state,
                    "attempts": sent.c.attempts + 1,
                    "error": statement.excluded.error,
                    "updated_at": statement.excluded.updated_at,
                },
            )
        )


def _insert(connection: Connection, held: Table) -> Any:
    """An insert that can say what happens to a row that is held already: both databases spell it alike."""
    return sqlite.insert(held) if connection.dialect.name == "sqlite" else postgresql.insert(held)
