"""Rosters of programmes such as Google Summer of Code: CSV files that say who took part, and when."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from db.errors import DatabaseError
from db.people.decisions import Decision, read_decisions, record, remove
from db.people.marks import Forgetting, mark
from db.people.roles import PART, role_text
from db.people.self_descriptions import ROLES
from db.schema import table

COLUMNS = ("programme", "login", "from", "to", "kind")
LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$")
#: What decisions that a roster makes name as their source.
SOURCE = "roster"


@dataclass(frozen=True)
class Entry:
    """A line of a roster: who took part in which programme, as what, from a day to a day."""

    programme: str
    login: str
    from_day: date
    to_day: date
    kind: str


def read_roster(path: Path) -> list[Entry]:
    """The lines of a roster. Raises `DatabaseError` naming file, line and what is allowed."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            if sorted(reader.fieldnames or ()) != sorted(COLUMNS):
                raise _wrong(path, 1, f"the columns are not {', '.join(COLUMNS)}")
            return [_entry(path, reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatabaseError(
            f"cannot be read ({error})",
            to=str(path),
            next_step="Correct the file, or take it out of people.rosters in flowmeter.toml",
        ) from error


def keep_rosters(connection: Connection, paths: Iterable[Path], now: datetime) -> int:
    """Bring the decisions that rosters make to what these files say; returns how many changed.

    A line that is gone from a file takes its decision along. Who was forgotten is
    not named again.
    """
    forgotten = Forgetting.read(connection).marks
    wanted: dict[int, Decision] = {}
    for path in paths:
        for each in read_roster(path):
            if mark("login", each.login) not in forgotten:
                made = _decision(each, f"roster {path.name}", now)
                wanted[made.decision_id] = made
    held = {each.decision_id: each for each in read_decisions(connection) if each.source == SOURCE}
    gone = [
        number
        for number, each in held.items()
        if number not in wanted and not each.identity.startswith("forgotten:")
    ]
    remove(connection, gone)
    fresh = [
        each
        for number, each in wanted.items()
        if number not in held or (held[number].to_day, held[number].why) != (each.to_day, each.why)
    ]
    record(connection, fresh)
    return len(gone) + len(fresh)


def matched(connection: Connection, entries: Sequence[Entry]) -> list[tuple[Any, ...]]:
    """(programme, login, kind, from, to, person) of each entry; who is not held, or ambiguous, is told so."""
    i, p, logins = table("identities").c, table("people").c, table("identity_logins").c
    people: dict[str, set[str]] = {}
    query = (
        select(logins.login, p.display_name, p.person_id)
        .join(table("identities"), i.github_user_id == logins.github_user_id)
        .join(table("people"), p.person_id == i.person_id)
        .distinct()
    )
    for login, name, number in connection.execute(query):
        people.setdefault(login, set()).add(f"{name} ({number})")
    rows = []
    for each in entries:
        found = sorted(people.get(each.login, ()))
        shown = found[0] if len(found) == 1 else f"{len(found)} people had it" if found else "nobody held"
        rows.append((each.programme, each.login, each.kind, each.from_day, each.to_day, shown))
    return rows


def _decision(each: Entry, why: str, now: datetime) -> Decision:
    value = role_text(each.kind, each.programme)
    return Decision("role", f"login:{each.login}", value, why, now, each.from_day, each.to_day, SOURCE)


def _entry(path: Path, line: int, row: dict[str | Any, Any]) -> Entry:
    told = {name: (row[name] or "").strip() for name in COLUMNS}
    login = told["login"].removeprefix("@").lower()
    if row.get(None):
        raise _wrong(path, line, "has more fields than columns")
    if not told["programme"] or PART in told["programme"]:
        raise _wrong(path, line, f"programme {told['programme']!r} is empty or holds {PART!r}")
    if not LOGIN.match(login):
        raise _wrong(path, line, f"login {told['login']!r} is none of GitHub's")
    if told["kind"] not in ROLES:
        raise _wrong(path, line, f"kind {told['kind']!r} is not one of {', '.join(ROLES)}")
    try:
        first, last = date.fromisoformat(told["from"]), date.fromisoformat(told["to"])
    except ValueError as error:
        raise _wrong(path, line, f"from and to are days such as 2024-05-27 ({error})") from error
    if first > last:
        raise _wrong(path, line, f"ends on {last}, before it begins on {first}")
    return Entry(told["programme"], login, first, last, told["kind"])


def _wrong(path: Path, line: int, what: str) -> DatabaseError:
    return DatabaseError(
        f"line {line}: {what}", to=str(path), next_step="Correct the line; nothing was taken"
    )
