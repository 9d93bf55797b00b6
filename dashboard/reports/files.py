"""Issues as files: written after their row, again where one is missing, and never seen by halves."""

from __future__ import annotations

import logging
import os
import re
import uuid
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects import postgresql, sqlite

from dashboard.delivery.queue import Order
from dashboard.delivery.recipients import FILE
from dashboard.reports import forms
from dashboard.reports.settings import ReportSettings
from db.engine import writing
from db.schema import table

log = logging.getLogger(__name__)


def slug(scope: str) -> str:
    """A scope's name as a folder's: `tensorflow/tensorflow` → `tensorflow--tensorflow`.

    Two scopes never share a folder: GitHub's names hold no `--` at their ends,
    and whatever else a path cannot hold is written as its code.
    """
    coded = re.sub(r"[^A-Za-z0-9._/:-]", lambda found: f"%{ord(found.group()):x}", scope)
    name = coded.replace("/", "--").replace(":", "=")
    return f"%{name}" if name.startswith(".") else name


def file_of(report: ReportSettings, scope: str, period: date, ending: str) -> Path:
    """Where an issue's file lies: `FOLDER/NAME/SCOPE/PERIOD.html`, `.txt`, `.md` or `.pdf`."""
    return report.folder / report.name / slug(scope) / f"{period.isoformat()}.{ending}"


def write_missing(engine: Engine, report: ReportSettings, scope: str, now: datetime) -> list[str]:
    """Write the files of held issues that are not there; one line for each issue that needed it."""
    held = table("reports")
    with engine.connect() as connection:
        known = connection.execute(
            select(held.c.report_id, held.c.period, held.c.content.is_not(None).label("whole"))
            .where(held.c.report == report.name, held.c.scope == scope)
            .order_by(held.c.period)
        ).all()
        delivered = _delivered(connection, [row.report_id for row in known])
    lines = []
    for row in known:
        endings = [ending for ending in report.formats if row.whole or ending not in forms.FROM_CONTENT]
        missing = [e for e in endings if not file_of(report, scope, row.period, e).exists()]
        folder = str(file_of(report, scope, row.period, "html").parent)
        if missing or (row.report_id, folder) not in delivered:
            lines += _deliver(engine, report, scope, row.report_id, missing, now)
    return lines


def _delivered(connection: Connection, numbers: Sequence[int]) -> set[tuple[int, str]]:
    sent = table("deliveries")
    rows = connection.execute(
        select(sent.c.report_id, sent.c.recipient).where(
            sent.c.report_id.in_(numbers), sent.c.channel == FILE, sent.c.state == "sent"
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
            _write(file_of(report, scope, row.period, ending), forms.written(row, ending))
    except OSError as fault:
        error = f"{fault.strerror or fault}: {fault.filename or folder}"
    order = Order(
        kind="report",
        name=report.name,
        scope=scope,
        audience="",
        channel=FILE,
        recipient=str(folder),
        label=str(folder),
        due_at=row.due_at or row.made_at,
        period=row.period,
        report_id=number,
    )
    _record(engine, order, error, now)
    what = f"{report.name} of {scope} for {row.period.isoformat()}"
    if error is not None:
        log.error("%s: its files could not be written (%s)", what, error)
        return [f"{what}: its files could not be written ({error})"]
    if not missing:
        return []
    names = " and ".join(str(file_of(report, scope, row.period, ending)) for ending in missing)
    return [f"{what}: wrote {names}"]


def _write(path: Path, whole: bytes) -> None:
    """Write a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("wb") as file:
            file.write(whole)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _record(engine: Engine, order: Order, error: str | None, now: datetime) -> None:
    """Files need no claim: whoever writes one writes the same. Their row says how it went."""
    sent = table("deliveries")
    row = {name: getattr(order, name) for name in Order.__dataclass_fields__}
    row |= {
        "delivery_id": order.delivery_id,
        "state": "sent" if error is None else "failed",
        "attempts": 1,
        "next_attempt_at": now,
        "error": error,
        "sent_at": now if error is None else None,
        "updated_at": now,
    }
    with writing(engine).begin() as connection:
        insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        statement = insert(sent).values(row)
        changed = ("report_id", "state", "error", "sent_at", "updated_at")
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["delivery_id"],
                set_={name: statement.excluded[name] for name in changed} | {"attempts": sent.c.attempts + 1},
            )
        )
