"""Whose the addresses in commits are: asked once for each, fifty for a point."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete

from collector.github.client import GitHub
from collector.run import Progress
from collector.simulator.history import author_of, signer_of
from collector.simulator.server import Simulator
from db.engine import writing
from db.people.identities import email_identity
from db.schema import stable_id, table
from db.upsert import upsert

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
Collect = Callable[..., Progress]
RowsOf = Callable[[Engine, str], list[dict[str, Any]]]


def committed(engine: Engine, simulator: Simulator, *, other: bool = False) -> dict[int, int | None]:
    """The newest commits of each author, as a clone brings them; address → the account that confirmed it.

    `other`: as git's mailmap has it, that says another address than the commit.
    """
    repository = simulator.community.repository("tensorflow/tensorflow")
    assert repository is not None
    names = simulator.community.names.of(repository)
    identities: dict[int, dict[str, Any]] = {}
    accounts: dict[int, int | None] = {}
    commits = []
    shown = int((repository.commits.visible <= NOW.timestamp()).sum())
    for place in range(shown - 400, shown):
        name, _, address = author_of(repository, place).rstrip(">").rpartition(" <")
        at = datetime.fromtimestamp(int(repository.commits.committed[place]), UTC)
        row = email_identity(f"other-{address}" if other else address, name, at, at)
        identities[row["identity_id"]] = row
        person = signer_of(repository, place)
        if row["github_user_id"] is None and person is not None:
            known = person.confirmed and not person.gone and not other
            accounts[row["identity_id"]] = person.identity if known else None
        commits.append(
            {
                "sha": names[place], "author_id": row["identity_id"], "committer_id": row["identity_id"],
                "authored_at": at, "author_offset": 0, "committed_at": at, "day": at.date(),
                "parents": 1, "subject": "x",
            }
        )  # fmt: skip
    with writing(engine).begin() as connection:
        number = connection.exec_driver_sql(
            "SELECT repository_id FROM repositories WHERE full_name = 'tensorflow/tensorflow'"
        ).scalar()
        upsert(connection, table("identities"), list(identities.values()))
        upsert(connection, table("commits"), [{**row, "repository_id": number} for row in commits])
    return accounts


def told(rows: list[dict[str, Any]]) -> dict[int, int | None]:
    return {row["identity_id"]: row["github_user_id"] for row in rows}


def test_github_names_the_account_of_every_address_that_was_confirmed_fifty_for_a_point(
    engine: Engine, simulator: Simulator, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    collect(engine, github, "repositories")
    expected = committed(engine, simulator)
    ended = collect(engine, github, "commit_accounts")
    held = told(rows_of(engine, "address_accounts"))
    people = {address: account for address, account in held.items() if address in expected}
    assert people == expected
    assert None in expected.values()
    assert len(set(expected.values())) > 5
    assert (ended.state, ended.points) == ("done", -(-len(held) // 50))
    logins = {row["github_user_id"] for row in rows_of(engine, "identities") if row["kind"] == "login"}
    assert set(filter(None, expected.values())) <= logins, "their profiles are read with all others"
    assert collect(engine, github, "commit_accounts").points == 0, "each is asked about once"
    later = NOW + timedelta(days=181)
    unknown = sum(account is None for account in held.values())
    assert collect(engine, github, "commit_accounts", now=later).points == -(-unknown // 50)


def test_an_address_that_the_commit_does_not_say_is_nobodys(
    sqlite_engine: Engine, simulator: Simulator, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    collect(sqlite_engine, github, "repositories")
    expected = committed(sqlite_engine, simulator, other=True)
    collect(sqlite_engine, github, "commit_accounts")
    assert told(rows_of(sqlite_engine, "address_accounts")).items() >= expected.items()
    assert set(expected.values()) == {None}


def test_who_was_forgotten_is_not_asked_about(
    sqlite_engine: Engine, simulator: Simulator, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    collect(sqlite_engine, github, "repositories")
    somebody = min(committed(sqlite_engine, simulator))
    with writing(sqlite_engine).begin() as connection:
        c = table("identities").c
        held = (
            connection.execute(table("identities").select().where(c.identity_id == somebody)).mappings().one()
        )
        connection.execute(delete(table("identities")).where(c.identity_id == somebody))
        nameless = {**held, "address_hash": None, "name": None, "identity_id": stable_id("forgotten", "x")}
        upsert(connection, table("identities"), [nameless])
        commits = table("commits")
        changed = commits.update().where(commits.c.author_id == somebody)
        connection.execute(changed.values(author_id=nameless["identity_id"]))
    collect(sqlite_engine, github, "commit_accounts")
    asked = told(rows_of(sqlite_engine, "address_accounts"))
    assert asked
    assert nameless["identity_id"] not in asked
