"""Decisions on people as a file, to be read, edited and taken to another installation."""

from __future__ import annotations

import hashlib
import hmac
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from db.errors import DatabaseError
from db.people.decisions import DECISIONS, SOURCES, Decision, read_decisions, record
from db.people.identities import identity_key
from db.people.kinds import HUMAN, KINDS
from db.people.marks import keep_marks
from db.people.roles import PART
from db.people.rosters import SOURCE as ROSTER
from db.people.self_descriptions import ROLES
from db.schema import table
from db.schema.columns import BEGINNING_OF_TIME, END_OF_TIME

HEAD = """# Flowmeter: what was decided about people by hand. `flowmeter people import` reads it.
# People go by GitHub's numeric id (github:…) or by the keyed hash of an address (email:…). `login` is for
# readers alone.
"""
#: Forms of references; those that need the same key on both sides are named by KEYED.
FORMS = ("github:", "email:", "login:", "forgotten:")
KEYED = ("email:", "forgotten:")
#: Decisions that hold from a day to a day.
DATED = ("affiliate", "role")


@dataclass(frozen=True)
class Imported:
    """What an import brought: decisions that are new, and people to forget."""

    decisions: int
    forgotten: int


def key_print() -> str:
    """Tells whether two installations hash with the same key, and nothing of the key."""
    return hmac.new(identity_key(), b"fingerprint", hashlib.sha256).hexdigest()[:16]


def written(connection: Connection, form: str) -> str:
    """All decisions and marks as TOML, or as JSON (`form` is toml or json)."""
    content: dict[str, Any] = {"key": key_print()}
    c = table("identities").c
    held = connection.execute(select(c.github_user_id, c.login).where(c.kind == "login"))
    logins = {row[0]: row[1] for row in held}
    # What rosters say stands in their files.
    content["decision"] = [
        _entry(each, logins) for each in read_decisions(connection) if each.source != ROSTER
    ]
    f = table("forgotten_identities").c
    content["forgotten"] = [
        {
            "mark": row.mark,
            "identity": str(row.identity_id),
            "person": str(row.person_id),
            "at": row.forgotten_at,
        }
        for row in connection.execute(select(*f).order_by(f.person_id, f.mark))
    ]
    if form == "json":
        return (
            json.dumps(content, ensure_ascii=False, indent=1, default=lambda value: value.isoformat()) + "\n"
        )
    lines = [HEAD, f"key = {_toml(content['key'])}"]
    for name in ("decision", "forgotten"):
        for entry in content[name]:
            lines += ["", f"[[{name}]]", *(f"{key} = {_toml(value)}" for key, value in entry.items())]
    return "\n".join(lines) + "\n"


def take_in(connection: Connection, path: Path, *, source: str | None, now: datetime) -> Imported:
    """Take a file's decisions and marks in; the later of two decisions about the same stands.

    `source` says what all of them are (map: a published one). Raises
    `DatabaseError` naming file, entry and value for what cannot be taken, and
    then takes nothing.
    """
    content = _read(path)
    entries = content.get("decision", [])
    decisions = [_decision(path, place, entry, source, now) for place, entry in enumerate(entries, 1)]
    marks = content.get("forgotten", [])
    keyed = [each for each in decisions if any(r.startswith(KEYED) for r in (each.identity, each.value))]
    if (keyed or marks) and content.get("key") != key_print():
        raise DatabaseError(
            "was written with another key for addresses, so that its hashes mean nobody here",
            to=str(path),
            next_step="Set FLOWMETER_IDENTITY_KEY as it is there, or leave out email: and forgotten",
        )
    for place, entry in enumerate(marks, 1):
        try:
            stand_in = (int(entry["identity"]), int(entry["person"]))
            keep_marks(connection, {str(entry["mark"]): stand_in}, _instant(entry["at"]))
        except (KeyError, TypeError, ValueError) as error:
            raise _wrong(
                path, f"forgotten {place}", f"mark, identity, person and at are needed ({error})"
            ) from error
    return Imported(record(connection, decisions), len(marks))


def _entry(each: Decision, logins: Mapping[int, str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"decision": each.decision, "person": each.identity}
    if login := _login(each.identity, logins):
        entry["login"] = login
    entry[_value_key(each.decision)] = each.value
    if each.decision in ("merge", "apart") and (login := _login(each.value, logins)):
        entry["other_login"] = login
    if each.from_day > BEGINNING_OF_TIME:
        entry["from"] = each.from_day
    if each.to_day < END_OF_TIME:
        entry["to"] = each.to_day
    return entry | {"why": each.why, "decided": each.decided_at, "source": each.source}


def _login(reference: str, logins: Mapping[int, str]) -> str | None:
    number = reference.removeprefix("github:")
    return logins.get(int(number)) if number.isdigit() else None


def _value_key(decision: str) -> str:
    return {"affiliate": "organization", "kind": "kind", "role": "role"}.get(decision, "other")


def _decision(path: Path, place: int, entry: object, source: str | None, now: datetime) -> Decision:
    what = f"decision {place}"
    if not isinstance(entry, dict):
        raise _wrong(path, what, "is no table of keys and values")
    decision = entry.get("decision", "affiliate" if "organization" in entry else None)
    if decision not in DECISIONS:
        raise _wrong(path, what, f"decision {decision!r} is not one of {', '.join(DECISIONS)}")
    person, value = entry.get("person"), entry.get(_value_key(decision))
    for key, text in (("person", person), (_value_key(decision), value)):
        if not isinstance(text, str) or not text.strip():
            raise _wrong(path, what, f"{key} is missing")
        if key in ("person", "other") and not text.startswith(FORMS):
            raise _wrong(path, what, f"{key} {text!r} is not written as {', '.join(FORMS)}…")
    if decision == "kind" and value not in (HUMAN[0], *KINDS):
        raise _wrong(path, what, f"kind {value!r} is not one of {', '.join((HUMAN[0], *KINDS))}")
    if decision == "role" and str(value).partition(PART)[0] not in ROLES:
        raise _wrong(path, what, f"role {value!r} does not begin with one of {', '.join(ROLES)}")
    given = source or entry.get("source", "manual")
    if given not in SOURCES:
        raise _wrong(path, what, f"source {given!r} is not one of {', '.join(SOURCES)}")
    try:
        first, last = _day(entry.get("from", BEGINNING_OF_TIME)), _day(entry.get("to", END_OF_TIME))
        decided = _instant(entry.get("decided", now))
    except (TypeError, ValueError) as error:
        raise _wrong(path, what, f"from, to and decided are written as 2020-04-27 ({error})") from error
    if first > last:
        raise _wrong(path, what, f"ends on {last}, before it begins on {first}")
    made = Decision(
        decision, str(person), str(value), str(entry.get("why", "imported")), decided, source=given
    )
    return replace(made, from_day=first, to_day=last) if decision in DATED else made


def _read(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise DatabaseError(
            f"cannot be read ({error})", to=str(path), next_step="Give a file as `people export` writes it"
        ) from error
    unknown = (
        sorted(set(content) - {"key", "decision", "forgotten"}) if isinstance(content, dict) else ["a list"]
    )
    if unknown:
        raise _wrong(path, unknown[0], "is not one of key, decision, forgotten")
    return dict(content)


def _day(value: object) -> date:
    if isinstance(value, datetime) or not isinstance(value, date | str):
        raise ValueError(repr(value))
    return date.fromisoformat(value) if isinstance(value, str) else value


def _instant(value: object) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        raise ValueError(repr(value))
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _toml(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _wrong(path: Path, entry: str, what: str) -> DatabaseError:
    return DatabaseError(f"{entry}: {what}", to=str(path), next_step="Correct the entry; nothing was taken")
