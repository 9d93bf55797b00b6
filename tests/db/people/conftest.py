# ruff: noqa: E501 (a fact stands on few lines, as in a table)
"""What tests of people share: facts in few words, and what the refresh made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text

from db.engine import writing
from db.people.decisions import Decision, record
from db.people.identities import email_identity, login_identity
from db.people.resolve import PeopleRefresh, refresh_people
from db.repositories import refresh_scopes, register
from db.schema import Record, table
from db.upsert import upsert

NAME = "tensorflow/tensorflow"


class World:
    """A database with facts that a test writes in few words."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with writing(engine).begin() as connection:
            self.repository = register(connection, {NAME: "core"})[NAME]
            refresh_scopes(connection, "TensorFlow")

    def at(self, day: str) -> datetime:
        """Noon of a day."""
        return datetime.fromisoformat(f"{day}T12:00:00+00:00").astimezone(UTC)

    def write(self, name: str, *rows: dict[str, Any]) -> None:
        """Rows into a table."""
        with writing(self.engine).begin() as connection:
            for row in rows:
                upsert(connection, table(name), [row])

    def address(
        self, address: str, name: str | None = "Ann Lee", first: str = "2016-01-01", last: str = "2018-01-01"
    ) -> int:
        """An address that was seen."""
        row = email_identity(address, name, self.at(first), self.at(last))
        self.write("identities", row)
        return int(row["identity_id"])

    def account(self, number: int, login: str, kind: str = "User", **known: Any) -> int:
        """An account that was seen."""
        row = login_identity(number, login, kind, self.at("2016-01-01"), self.at("2018-01-01"))
        self.write("identities", row | known)
        return int(row["identity_id"])

    def pull_request(
        self, number: int, author: int, *, merged: str | None = "2018-03-05", commit: str | None = None
    ) -> None:
        """A pull request, merged unless told otherwise."""
        at = self.at("2018-03-01")
        day = date.fromisoformat(merged) if merged else None
        self.write(
            "pull_requests",
            {
                "repository_id": self.repository, "number": number, "title": f"Change {number}", "author_id": author,
                "state": "merged" if merged else "open", "created_at": at, "updated_at": at, "day": at.date(),
                "merge_commit": commit, "merged_at": self.at(merged) if merged else None, "merged_day": day,
            },
        )  # fmt: skip

    def commit(
        self,
        sha: str,
        author: int,
        subject: str = "Change",
        *,
        committer: int | None = None,
        parents: int = 1,
        number: int | None = None,
        day: str = "2018-03-05",
    ) -> None:
        """A commit."""
        at = self.at(day)
        self.write(
            "commits",
            {
                "repository_id": self.repository, "sha": sha, "author_id": author, "committer_id": committer or author,
                "authored_at": at, "author_offset": 0, "committed_at": at, "day": at.date(), "parents": parents,
                "subject": subject, "pull_request": number,
            },
        )  # fmt: skip

    def landed(self, number: int, opener: int, address: int, *, squash: bool = False) -> None:
        """A pull request and the commit that landed it, by GitHub's squash or by an import."""
        sha = f"{number:040x}"
        github = self.address("noreply@github.com", "GitHub")
        self.pull_request(number, opener, commit=sha)
        if squash:
            self.commit(sha, address, f"Change {number} (#{number})", committer=github, number=number)
        else:
            self.commit(sha, address, f"PR #{number}: Change {number}", number=number)

    def decide(self, *decisions: Decision) -> None:
        """Keep decisions."""
        with writing(self.engine).begin() as connection:
            record(connection, decisions)

    def refresh(self, **given: Any) -> PeopleRefresh:
        """Find out who is who."""
        with writing(self.engine).begin() as connection:
            return refresh_people(connection, **given)

    def people(self) -> list[set[int]]:
        """The identities of each person, in some order."""
        found: dict[int, set[int]] = {}
        for identity, person in self.rows("SELECT identity_id, person_id FROM identities"):
            found.setdefault(person, set()).add(identity)
        return sorted(found.values(), key=sorted)

    def together(self, *identities: int) -> bool:
        """Whether these are one person."""
        return any(set(identities) <= person for person in self.people())

    def reason(self, identity: int) -> str:
        """Why an identity is who it is."""
        return str(self.rows(f"SELECT person_reason FROM identities WHERE identity_id = {identity}")[0][0])

    def rows(self, query: str) -> Sequence[Any]:
        """The rows of a query."""
        with self.engine.connect() as connection:
            return connection.execute(text(query)).all()

    def everything(self) -> dict[str, list[str]]:
        """All rows of all tables, as texts."""
        return {
            name: sorted(str(tuple(row)) for row in self.rows(f"SELECT * FROM {name}"))
            for name in Record.metadata.tables
        }


@pytest.fixture
def world(engine: Engine) -> World:
    """A world on either database."""
    return World(engine)


@pytest.fixture
def sqlite_world(sqlite_engine: Engine) -> World:
    """A world on SQLite, where a second one would show nothing more."""
    return World(sqlite_engine)


@pytest.fixture
def new_world() -> Callable[[Engine], World]:
    """Makes a world of an engine."""
    return World
