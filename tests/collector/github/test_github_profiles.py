"""Public profiles come a hundred for a point, once each, and slowly anew; accounts go by their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from collector.github import node_ids
from collector.github.client import GitHub
from collector.run import Progress
from collector.simulator.http import Handler, Request, Response
from collector.simulator.interventions import Interventions
from collector.simulator.server import Simulator
from db.engine import writing
from db.people.identities import email_identity
from db.people.self_descriptions import Told, roles_told
from db.schema import stable_id, table
from db.upsert import upsert

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
Collect = Callable[..., Progress]
RowsOf = Callable[[Engine, str], list[dict[str, Any]]]
TOLD = ("account_state", "hireable", "campus_expert", "profile_read_at", "account_created_at")


def accounts(rows: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """The rows of logins by number."""
    return {row["github_user_id"]: row for row in rows if row["kind"] == "login"}


def without(request: Request, *beginnings: bytes) -> Request:
    """The request with the ids that begin so made senseless, when it asks for profiles."""
    body = request.body
    if b"query Profiles" in body:
        for beginning in beginnings:
            body = body.replace(beginning, b'"X_')
    return replace(request, body=body)


@pytest.mark.parametrize(
    ("number", "kind", "new", "old"),
    [
        (3407303, "User", "U_kgDOADP9xw", "MDQ6VXNlcjM0MDczMDM="),  # from GitHub's own documentation
        (1, "User", "U_kgAB", "MDQ6VXNlcjE="),
        (200, None, "U_kgDMyA", "MDQ6VXNlcjIwMA=="),
        (2741, "User", "U_kgDNCrU", "MDQ6VXNlcjI3NDE="),
        (49699333, "Bot", "BOT_kgDOAvZaBQ", "MDM6Qm90NDk2OTkzMzM="),
    ],
)
def test_an_accounts_global_id_is_made_from_its_number(
    number: int, kind: str | None, new: str, old: str
) -> None:
    assert node_ids.account_id(number, kind) == new
    assert node_ids.account_id(number, kind, "old") == old


def test_every_account_that_acted_gets_its_profile_for_a_point_a_hundred(
    engine: Engine, simulator: Simulator, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    collect(engine, github, "issues")
    person = simulator.community.population.people[5]
    row = email_identity(f"{person.identity}+{person.login}@users.noreply.github.com", "Somebody", NOW, NOW)
    with writing(engine).begin() as connection:
        upsert(connection, table("identities"), [row])
    numbers = {row["github_user_id"] for row in rows_of(engine, "identities")}
    ended = collect(engine, github, "profiles", None)
    roles = rows_of(engine, "profile_roles")
    assert (ended.state, ended.rows, ended.rejected) == ("done", len(numbers) + len(roles), 0)
    assert (ended.points, ended.requests) == (-(-len(numbers) // 100), 0)
    assert {(row["identity_id"], Told(row["kind"], row["from_day"], row["to_day"])) for row in roles} == {
        (stable_id("login", number), told)
        for number in numbers
        for known in [simulator.community.population.by_identity[number]]
        for told in roles_told([known.bio, known.company], NOW.date())
    }
    assert {row["kind"] for row in roles} == {"intern", "student"}
    held = accounts(rows_of(engine, "identities"))
    assert held.keys() == numbers, "an account known from an address alone has a row of its own now"
    people = simulator.community.population.by_identity
    for number, row in held.items():
        known = people[number]
        assert row["login"] == known.display_login
        assert (row["account_state"], row["account_type"]) == ("alive", known.account)
        assert row["account_created_at"] == datetime.fromtimestamp(known.created, UTC)
        assert row["profile_read_at"] == NOW
        if known.account == "User":
            assert (row["name"], row["company"]) == (known.name, (known.company or "").strip() or None)
            assert (row["hireable"], row["campus_expert"]) == (known.hireable, known.campus_expert)
        else:
            assert (row["hireable"], row["campus_expert"]) == (None, None)


def test_a_run_goes_on_where_another_was_stopped_and_the_most_active_come_first(
    sqlite_engine: Engine,
    github: GitHub,
    collect: Collect,
    rows_of: RowsOf,
    everything: Callable[[Engine], Any],
    new_engine: Callable[[], Engine],
) -> None:
    collect(sqlite_engine, github, "pull_requests")
    collect(sqlite_engine, github, "issues")
    acts: Counter[int] = Counter()
    for name in ("issues", "pull_requests", "comments", "reviews"):
        acts.update(row["author_id"] for row in rows_of(sqlite_engine, name))
    assert collect(sqlite_engine, github, "profiles", None, pages=1).state == "stopped"
    read = [row for row in rows_of(sqlite_engine, "identities") if row["profile_read_at"]]
    assert len(read) == 100
    unread = [row for row in rows_of(sqlite_engine, "identities") if not row["profile_read_at"]]
    least = min(acts[row["identity_id"]] for row in read)
    assert all(acts[row["identity_id"]] <= least for row in unread)
    ended = collect(sqlite_engine, github, "profiles", None)
    assert ended.rows >= len(unread)
    undisturbed = new_engine()
    collect(undisturbed, github, "pull_requests")
    collect(undisturbed, github, "issues")
    collect(undisturbed, github, "profiles", None)
    assert everything(undisturbed) == everything(sqlite_engine)


def test_a_ninetieth_is_read_again_each_day_and_all_within_ninety_days(
    sqlite_engine: Engine, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    collect(sqlite_engine, github, "issues")
    collect(sqlite_engine, github, "profiles", None)
    held = len(accounts(rows_of(sqlite_engine, "identities")))
    share = -(-held // 90)
    assert collect(sqlite_engine, github, "profiles", None).rows == 0, "once a day is enough"
    for day in range(1, 91):
        later = NOW + timedelta(days=day)
        assert collect(sqlite_engine, github, "profiles", None, now=later).points == 1
        read_then = [row for row in rows_of(sqlite_engine, "identities") if row["profile_read_at"] == later]
        assert len(read_then) == share
    read = [row["profile_read_at"] for row in rows_of(sqlite_engine, "identities")]
    assert min(read) > NOW
    assert len(read) == held


def test_renamed_deleted_and_reused_accounts_are_told_apart_by_number(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    with Simulator(scale=0.001, seed=3, now=NOW) as server:
        github = GitHub(server.url, ["a-token"])
        collect(sqlite_engine, github, "issues")
        collect(sqlite_engine, github, "profiles", None)
        before = accounts(rows_of(sqlite_engine, "identities"))
        gone, renamed = [row for row in before.values() if row["account_type"] == "User" and row["company"]][
            :2
        ]
        hands = Interventions(server.community)
        hands.delete_user(gone["login"])
        hands.rename_user(renamed["login"], "somebody-new")
        with writing(sqlite_engine).begin() as connection:
            connection.execute(text("UPDATE identities SET profile_read_at = NULL"))
        collect(sqlite_engine, github, "profiles", None, now=NOW + timedelta(days=9))
        collect(sqlite_engine, github, "profiles", None, now=NOW + timedelta(days=99))
        github.close()
    after = accounts(rows_of(sqlite_engine, "identities"))
    lost = after[gone["github_user_id"]]
    assert lost["account_state"] == "deleted"
    assert lost["account_gone_at"] == NOW + timedelta(days=9), "when it was first found to be gone"
    kept = ("login", "name", "company", "account_created_at", "hireable")
    assert {name: lost[name] for name in kept} == {name: gone[name] for name in kept}
    assert after[renamed["github_user_id"]]["login"] == "somebody-new"
    assert after[renamed["github_user_id"]]["account_state"] == "alive"
    assert after.keys() == before.keys()


def test_a_github_that_understands_older_ids_alone_is_asked_by_them(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    def older(request: Request, handler: Handler) -> Response:
        return handler(without(request, b'"U_', b'"BOT_'))

    with Simulator(scale=0.001, seed=3, now=NOW, middleware=[older]) as server:
        github = GitHub(server.url, ["a-token"])
        collect(sqlite_engine, github, "issues")
        ended = collect(sqlite_engine, github, "profiles", None)
        github.close()
    held = accounts(rows_of(sqlite_engine, "identities"))
    assert {row["account_state"] for row in held.values()} == {"alive"}
    assert ended.points == -(-len(held) // 100) + 1, "one point to find out"


def test_nobody_is_called_deleted_when_no_id_at_all_is_understood(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    def neither(request: Request, handler: Handler) -> Response:
        return handler(without(request, b'"U_', b'"BOT_', b'"MDQ6', b'"MDM6'))

    with Simulator(scale=0.001, seed=3, now=NOW, middleware=[neither]) as server:
        github = GitHub(server.url, ["a-token"])
        collect(sqlite_engine, github, "issues")
        ended = collect(sqlite_engine, github, "profiles", None)
        github.close()
    held = accounts(rows_of(sqlite_engine, "identities"))
    assert all(row[name] is None for row in held.values() for name in TOLD)
    assert (ended.state, ended.rows, ended.rejected) == ("done", 0, len(held))
