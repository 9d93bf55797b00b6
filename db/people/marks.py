"""Marks of who was forgotten: keyed hashes that keep what is collected again without a name."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, func, select

from db.people.identities import identity_key
from db.people.organizations import Directory, read_directory
from db.schema import stable_id, table
from db.schema.columns import ACCOUNT, AUTHORED, IDENTITY
from db.upsert import upsert

#: What stands where a text was.
WITHHELD = "(withheld)"
#: Stands for a domain that could name its owner: whose it was is not known, as before.
WITHHELD_DOMAIN = "withheld.invalid"
#: What an identity that was forgotten keeps as it is; of domain and company what many share; all else goes.
KEPT = ("kind", "account_type", "first_seen", "last_seen")
#: Where subjects and titles name accounts: `Merge pull request #1 from login/branch`, `@login`.
NAMED = re.compile(r"(?:(?<=from )|(?<=@))[A-Za-z0-9][A-Za-z0-9-]*")

Row = Mapping[str, Any]


def mark(what: str, value: object) -> str:
    """The keyed hash that stands for an identity, account, login or person (32 hex digits)."""
    text = f"forgotten {what} {value}".encode()
    return hmac.new(identity_key(), text, hashlib.sha256).hexdigest()[:32]


def anonymous_id(of_mark: str) -> int:
    """The identity without a name that takes the place of the one with this mark."""
    return stable_id("forgotten", of_mark)


@dataclass
class Forgetting:
    """The marks held, each with the person without a name and the time, and what was looked up so far."""

    marks: dict[str, tuple[int, datetime]]
    known: dict[int, int | None] = field(default_factory=dict)
    #: Marks of identities that came under an account's mark: they have still to be kept.
    fresh: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, connection: Connection) -> Forgetting:
        """The marks of the database."""
        c = table("forgotten_identities").c
        held = connection.execute(select(c.mark, c.person_id, c.forgotten_at))
        return cls({row[0]: (row[1], row[2]) for row in held})

    def stand_in(self, identity: int | None, account: int | None = None) -> int | None:
        """The identity without a name for one that was forgotten; None for all others."""
        if identity is None:
            return None
        if identity not in self.known or (account is not None and self.known[identity] is None):
            own = mark("identity", identity)
            if own not in self.marks and account is not None:
                whose = self.marks.get(mark("account", account))
                if whose is not None:
                    self.marks[own] = whose
                    self.fresh.append(own)
            self.known[identity] = anonymous_id(own) if own in self.marks else None
        return self.known[identity]

    def person_of(self, identity: int) -> int:
        """The person without a name that a forgotten identity belongs to."""
        return self.marks[mark("identity", identity)][0]

    def without_names(self, text: str) -> str:
        """A subject or title in which no forgotten login is named."""
        return NAMED.sub(
            lambda found: WITHHELD if mark("login", found[0].lower()) in self.marks else found[0], text
        )

    def keep_fresh(self, connection: Connection) -> None:
        """Hold the marks of identities that turned up under a forgotten account."""
        for own in self.fresh:
            person, when = self.marks[own]
            keep_marks(connection, {own: (anonymous_id(own), person)}, when)
        self.fresh.clear()


def forgotten(connection: Connection) -> int:
    """How many marks are held."""
    held = table("forgotten_identities")
    return connection.execute(select(func.count()).select_from(held)).scalar_one()


def keep_marks(connection: Connection, marks: Mapping[str, tuple[int, int]], now: datetime) -> None:
    """Hold marks, each with the identity that stands in (0 when it is for none) and the person."""
    upsert(
        connection,
        table("forgotten_identities"),
        [
            {"mark": each, "identity_id": identity, "person_id": person, "forgotten_at": now}
            for each, (identity, person) in marks.items()
        ],
    )


def withheld(connection: Connection, rows: Mapping[str, Sequence[Row]]) -> Mapping[str, Sequence[Row]]:
    """The rows of a page with nothing in them of who was forgotten; the same rows when nobody was.

    Whoever writes collected rows passes them through here.
    """
    forgetting = Forgetting.read(connection)
    if not forgetting.marks:
        return rows
    found: dict[str, Sequence[Row]] = dict(rows)
    # Identities first: their accounts tell who else is meant.
    for name in sorted(rows, key=lambda name: name != "identities"):
        found[name] = [_withheld(forgetting, table(name), row) for row in rows[name]]
    forgetting.keep_fresh(connection)
    return found


def columns_that_hold(of: Table, what: Mapping[str, str]) -> list[str]:
    """The names of a table's columns that are marked so in the schema."""
    return [column.name for column in of.columns if column.info.get("holds") == what["holds"]]


def nameless(row: Row, stand_in: int, directory: Directory) -> dict[str, Any]:
    """An identity of which only what is the same for many is left: dates, kind, and whose organisation."""
    domain, company = row.get("domain"), row.get("company")
    left: dict[str, Any] = {name: row[name] if name in KEPT else None for name in row}
    left["identity_id"] = stand_in
    if domain:
        left["domain"] = domain if directory.tenures(domain) is not None else WITHHELD_DOMAIN
    if company and company.strip():
        left["company"] = directory.organization_of_profile(company) or WITHHELD
    return left


def nameless_repository(row: Row) -> dict[str, Any]:
    """A use case of somebody who was forgotten: what is counted of it stays."""
    texts = dict.fromkeys(name for name in ("description", "homepage", "clone_url") if name in row)
    return {**row, **texts, "full_name": f"withheld/{mark('repository', row['repository_id'])[:16]}"}


def _withheld(forgetting: Forgetting, of: Table, row: Row) -> Row:
    if of.name == "identities":
        stand_in = forgetting.stand_in(row["identity_id"], row.get("github_user_id"))
        if stand_in is None:
            return row
        left = nameless(row, stand_in, _directory())
        return left | {"person_id": forgetting.person_of(row["identity_id"])} if "person_id" in row else left
    if of.name == "repositories":
        owner = str(row.get("full_name", "")).partition("/")[0].lower()
        hidden = row.get("role") == "use_case" and mark("login", owner) in forgetting.marks
        return nameless_repository(row) if hidden else row
    changed: dict[str, Any] = {}
    for name in columns_that_hold(of, IDENTITY):
        stand_in = forgetting.stand_in(row.get(name))
        if stand_in is not None:
            changed[name] = stand_in
    for name in columns_that_hold(of, ACCOUNT):
        if row.get(name) is not None and (changed or mark("account", row[name]) in forgetting.marks):
            changed[name] = None
    for name in columns_that_hold(of, AUTHORED):
        if row.get(name):
            changed[name] = WITHHELD if "author_id" in changed else forgetting.without_names(row[name])
    return {**row, **changed} if changed else row


@lru_cache(maxsize=1)
def _directory() -> Directory:
    return read_directory()
