"""Every kind of work that a command does on a database: how it is asked for, and what has come of it.

A fault may hit each at any moment. What it says then, and what the same command brings about
afterwards, is compared with an undisturbed run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pyarrow.parquet import read_metadata
from sqlalchemy import Engine, select

from collector.supervisor import free_port
from db import migration
from db.engine import connect
from db.lake.snapshot import current
from db.schema import Record, table
from db.schema.columns import UtcDateTime
from db.transfer.backup import left_behind, verify
from db.transfer.fingerprint import contents, tables
from tests.collector.archive.conftest import Hours
from tests.faults.world import OF_THE_COLLECTING, SHIPPED

#: How often days were noted is the collecting's affair, like its runs.
LEFT_OUT = {*OF_THE_COLLECTING, "fact_changes"}
#: What a refresh makes.
ANSWERS = ("metric_values", "contributions", "person_totals", "people", "calendar")
Outcome = Callable[[Engine, Path], Any]


@dataclass(frozen=True)
class Work:
    """A command, what it needs of its folder, and what has come of it.

    `of` says which database it begins with: `facts`, `numbers` (with the numbers from them)
    or `nothing`. `told` is set where what it prints counts. `{person}` among the arguments stands
    for somebody's login, and `{database}` for the database, where it is not the command's own: that is
    a file with facts then. `before` is a command that has to have been carried out.
    """

    name: str
    arguments: tuple[str, ...]
    outcome: Outcome
    of: str = "facts"
    told: bool = False
    before: tuple[str, ...] = ()


def held(engine: Engine, *names: str) -> dict[str, list[str]]:
    """Rows of tables (all but those of the collecting), without instants, which differ from run to run."""
    found = {}
    with engine.connect() as connection:
        for name in names or [each for each in Record.metadata.tables if each not in LEFT_OUT]:
            columns = [each for each in table(name).c if not isinstance(each.type, UtcDateTime)]
            rows = connection.execute(select(*columns))
            found[name] = sorted(repr(tuple(row)) for row in rows)
    return found


def left_open(engine: Engine) -> list[str]:
    """Runs that say they are on their way."""
    runs = table("collector_runs").c
    with engine.connect() as connection:
        return [row.job for row in connection.execute(select(runs.job).where(runs.state == "running"))]


def _held(engine: Engine, _folder: Path) -> Any:
    return held(engine)


def _answers(engine: Engine, _folder: Path) -> Any:
    return held(engine, *ANSWERS)


def _reported(engine: Engine, folder: Path) -> Any:
    files = sorted(path.name for path in (folder / "var/reports").rglob("*") if path.is_file())
    reports, deliveries = table("reports").c, table("deliveries").c
    with engine.connect() as connection:
        made = connection.execute(select(reports.report, reports.scope, reports.period, reports.headline))
        sent = connection.execute(select(deliveries.delivery_id, deliveries.label, deliveries.state))
        return sorted(map(repr, made)), sorted(map(repr, sent)), files


def _backed_up(_engine: Engine, folder: Path) -> Any:
    return verify(folder / "made.backup"), left_behind(folder)


def _contents(engine: Engine) -> Any:
    with engine.connect() as connection:
        return {each.name: contents(connection, each) for each in tables()}


def _copied(_engine: Engine, folder: Path) -> Any:
    target = connect(f"sqlite:///{folder}/copy.db")
    try:
        return _contents(target)
    finally:
        target.dispose()


def _migrated(engine: Engine, _folder: Path) -> Any:
    return migration.current(engine), migration.differences(engine)


def _loaded(engine: Engine, folder: Path) -> Any:
    files = sorted((folder / "var/lake/events").rglob("*.parquet"))
    assert files
    found = {name: [row.replace(str(folder), "…") for row in rows] for name, rows in held(engine).items()}
    return found | {"lake": [f"{file.name} {read_metadata(file).num_rows}" for file in files]}


def _exported(_engine: Engine, folder: Path) -> Any:
    snapshot = current(folder / "lake")
    assert snapshot is not None
    parts = [part for each in snapshot.manifest.tables.values() for part in each.parts]
    return [sorted((part.path, part.rows) for part in parts), sorted((folder / "lake/snapshots").glob(".*"))]


#: What is loaded of the archive that `furnish` makes.
ARCHIVE = ("--from", "2015-01-01T00", "--to", "2015-01-01T03", "--source", "archive", "--simulated")

WORKS = (
    Work("refresh", ("metrics", "refresh"), _answers),
    Work("report", ("report", "send"), _reported, of="numbers"),
    Work("sql", ("sql", "--format", "csv", "SELECT * FROM commits ORDER BY sha"), lambda *_: None, told=True),
    Work("backup", ("db", "backup", "made.backup"), _backed_up),
    Work("restore", ("db", "restore", "held.backup"), lambda engine, _: _contents(engine), of="nothing"),
    Work("copy from", ("db", "copy", "sqlite:///copy.db"), _copied),
    Work("lake export", ("db", "export", "--lake", "lake"), _exported),
    Work("copy to", ("db", "copy", "{database}"), lambda engine, _: _contents(engine), of="nothing"),
    Work("migration", ("db", "upgrade"), _migrated, of="nothing"),
    Work("archive load", ("archive", "load", *ARCHIVE), _loaded),
    Work(
        "refresh of a lake",
        ("metrics", "refresh", "--lake", "lake", "--export"),
        _answers,
        before=("db", "export", "--lake", "lake"),
    ),
    Work("people import", ("people", "import", "decisions.toml"), _held, of="numbers"),
    Work("people forget", ("people", "forget", "--yes", "{person}"), _held, of="numbers"),
    Work("bench ingest", ("bench", "ingest", "results.csv"), _held),
)  # fmt: skip


@dataclass
class Inbox:
    """A mail server, and the numbers of the messages that it took."""

    port: int = field(default_factory=free_port)
    taken: list[tuple[str, str]] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Take a mail."""
        number = str(message_from_bytes(envelope.content or b"")["Message-ID"])
        self.taken += [(number, address) for address in envelope.rcpt_tos]
        return "250 taken"


@contextmanager
def mail_server() -> Iterator[Inbox]:
    """A mail server on a free port while the block lasts."""
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()


def furnish(folder: Path, mail_port: int) -> None:
    """What the commands read: configuration, benchmark results and hours of an archive."""
    mail = f'[mail]\nhost = "127.0.0.1"\nport = {mail_port}\nsecurity = "none"\nsender = "a@example.org"\n\n'
    people = (
        '[[reports.recipients]]\naudience = "steering"\nemail = ["one@example.org", "two@example.org"]\n\n'
    )
    shipped = SHIPPED.read_text(encoding="utf-8")
    assert "\n[targets]" in shipped
    (folder / "flowmeter.toml").write_text(shipped.replace("\n[targets]", f"\n{people}{mail}[targets]"))
    rows = [f"case {number},latency,{number}.5,ms,2026-01-{1 + number % 28:02}" for number in range(400)]
    (folder / "results.csv").write_text("\n".join(["name,metric,value,unit,measured_at", *rows]) + "\n")
    archive = Hours(folder / "archive")
    for hour in range(4):
        at = f"2015-01-01T{hour:02}"
        events = [archive.star(f"{at}:40:00Z", 900_000 + hour)]
        for number in range(900_000 + 100 * hour, 900_000 + 100 * hour + 60):
            events.append(archive.issue("opened", f"{at}:10:00Z", number))
            events.append(archive.remark(f"{at}:30:00Z", number, 10 * number, created_at=f"{at}:10:00Z"))
        lines = [json.dumps(each | {"simulated": True}, separators=(",", ":")).encode() for each in events]
        archive.write(f"2015-01-01-{hour}", lines)
