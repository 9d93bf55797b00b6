# ruff: noqa: E501 (a fact stands on few lines, as in a table)
"""Forgetting a person: nothing that names them is left anywhere, every number stays, and both last."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import select, text

from db.engine import connect, writing
from db.metrics.refresh import refresh
from db.people import deciding, exchange
from db.people.decisions import Decision
from db.people.find import find_person
from db.people.forgetting import forget
from db.people.identities import address_hash, email_identity, login_identity
from db.people.marks import withheld
from db.schema import Record, stable_id, table
from db.schema.columns import IDENTITY
from db.upsert import upsert

ADDRESS = "ann.lee@private-domain-of-ann.com"
#: Everything that could tell who was meant.
TRACES = (
    "ann-lee-77", "Ann Q. Lee", "770077", address_hash(ADDRESS), address_hash("ann@us.ibm.com"),
    "private-domain-of-ann.com", "Tiny Start-up of Ann", "fix what Ann saw",
    *(str(stable_id("login", 770077)) for _ in range(1)), str(stable_id("email", address_hash(ADDRESS))),
    str(stable_id("person", stable_id("login", 770077))),
)  # fmt: skip


def collected(world: Any) -> dict[str, list[dict[str, Any]]]:
    """The rows that a collection brings, each time alike."""
    at = world.at
    ann = login_identity(
        770077,
        "ann-lee-77",
        "User",
        at("2016-01-01"),
        at("2018-06-01"),
        name="Ann Q. Lee",
        company="Tiny Start-up of Ann",
    )
    rows = [
        ann,
        email_identity(ADDRESS, "Ann Q. Lee", at("2016-01-01"), at("2017-01-01")),
        email_identity("ann@us.ibm.com", "Ann Q. Lee", at("2017-01-01"), at("2018-06-01")),
        email_identity(
            "770077+ann-lee-77@users.noreply.github.com", "Ann Q. Lee", at("2016-01-01"), at("2018-06-01")
        ),
        email_identity("ben@gmail.com", "Ben Kim", at("2016-01-01"), at("2018-06-01")) | {"company": None},
        login_identity(8, "ben", "User", at("2016-01-01"), at("2018-06-01")),
    ]
    ids = [row["identity_id"] for row in rows]
    shared = {
        "repository_id": world.repository,
        "author_offset": 0,
        "date_repaired": False,
        "files": 1,
        "additions": 1,
        "deletions": 0,
    }
    commits = [
        {**shared, "sha": f"{place:040x}", "author_id": who, "committer_id": who, "authored_at": at(day), "committed_at": at(day),
         "day": at(day).date(), "parents": parents, "subject": subject, "pull_request": number}
        for place, (who, day, parents, subject, number) in enumerate([
            (ids[1], "2016-03-01", 1, "fix what Ann saw", None),
            (ids[2], "2017-03-01", 1, "fix what Ann saw again", None),
            (ids[3], "2018-03-01", 1, "fix what Ann saw (#5)", 5),
            (ids[4], "2018-03-02", 2, "Merge pull request #5 from ann-lee-77/patch-1", 5),
            (ids[4], "2018-03-03", 1, "Thanks @ann-lee-77, and @ben", None),
        ])
    ]  # fmt: skip
    item = {
        "repository_id": world.repository,
        "created_at": at("2018-02-01"),
        "updated_at": at("2018-02-01"),
        "day": date(2018, 2, 1),
    }
    return {
        "identities": rows,
        "commits": commits,
        "commit_coauthors": [{"repository_id": world.repository, "sha": f"{4:040x}", "coauthor_id": ids[0]}],
        "issues": [
            {**item, "number": 1, "title": "fix what Ann saw", "author_id": ids[0], "state": "open"},
            {**item, "number": 2, "title": "Ask @ann-lee-77", "author_id": ids[5], "state": "open"},
        ],
        "pull_requests": [
            {**item, "number": 5, "title": "fix what Ann saw", "author_id": ids[0], "state": "merged", "merge_commit": f"{2:040x}",
             "merged_at": at("2018-03-01"), "merged_day": date(2018, 3, 1)}
        ],
        "comments": [
            {"repository_id": world.repository, "kind": "conversation", "github_id": 9, "number": 2, "author_id": ids[0],
             "created_at": at("2018-02-02"), "day": date(2018, 2, 2)}
        ],
        "reviews": [
            {"repository_id": world.repository, "github_id": 9, "number": 5, "author_id": ids[0], "state": "commented",
             "submitted_at": at("2018-02-02"), "day": date(2018, 2, 2)}
        ],
        "address_accounts": [
            {"identity_id": ids[1], "github_user_id": 770077, "repository_id": world.repository, "sha": f"{0:040x}", "asked_at": at("2018-07-01")}
        ],
        "repositories": [
            {"repository_id": 99, "full_name": "ann-lee-77/private-domain-of-ann.com", "role": "use_case", "description": "by Ann Q. Lee"}
        ],
    }  # fmt: skip


def collect(world: Any) -> None:
    """Write what a collection brings as the runner writes it."""
    with writing(world.engine).begin() as connection:
        for name, rows in withheld(connection, collected(world)).items():
            upsert(connection, table(name), rows)


VALUES = (
    "SELECT metric, scope_id, grain, period, segment, value, sample_size, complete FROM metric_values "
    "ORDER BY metric, scope_id, grain, period, segment"
)


def numbers(world: Any) -> list[tuple[Any, ...]]:
    """Every metric's values."""
    refresh(world.engine, now=datetime(2019, 1, 1, tzinfo=UTC))
    return [tuple(row) for row in world.rows(VALUES)]


def traces(world: Any) -> list[tuple[str, str]]:
    """Where anything of the person is left: (trace, row)."""
    return [
        (trace, f"{name}: {row}")
        for name, rows in world.everything().items()
        for row in rows
        for trace in TRACES
        if trace.lower() in row.lower()
    ]


@pytest.fixture
def known(world: Any) -> Any:
    """A world in which Ann has left traces everywhere, joined to one person with decisions and a report."""
    collect(world)
    world.decide(
        Decision(
            "merge",
            "github:770077",
            f"email:{address_hash(ADDRESS)}",
            "Ann Q. Lee said so",
            world.at("2024-01-01"),
        ),
        Decision(
            "merge",
            "github:770077",
            f"email:{address_hash('ann@us.ibm.com')}",
            "Ann Q. Lee said so",
            world.at("2024-01-01"),
        ),
        Decision(
            "affiliate",
            "github:770077",
            "Arm",
            "Ann Q. Lee said so",
            world.at("2024-01-01"),
            date(2018, 3, 1),
            date(2018, 4, 1),
        ),
    )
    world.write(
        "reports",
        {
            "report": "weekly", "scope": "project", "period": date(2018, 3, 1), "period_end": date(2018, 3, 7), "report_id": 1,
            "headline": "Ann Q. Lee is new", "html": "<b>Ann Q. Lee</b> (ann-lee-77)", "text": "Ann Q. Lee, @ann-lee-77",
            "made_at": world.at("2018-03-08"),
        },
    )  # fmt: skip
    return world


def forget_ann(world: Any) -> None:
    with writing(world.engine).begin() as connection:
        ann = find_person(connection, "@ann-lee-77")
        assert forget(connection, ann.person_id, world.at("2024-02-01")) == 4


def test_nothing_is_left_anywhere_and_every_number_stays(known: Any) -> None:
    before = numbers(known)
    assert {trace for trace, _ in traces(known)} == set(TRACES), "each is there to be found"
    contributions = known.rows("SELECT COUNT(*), SUM(quantity), COUNT(DISTINCT person_id) FROM contributions")
    forget_ann(known)
    assert traces(known) == []
    assert (
        known.rows("SELECT COUNT(*), SUM(quantity), COUNT(DISTINCT person_id) FROM contributions")
        == contributions
    )
    assert numbers(known) == before
    assert [row[0] for row in known.rows("SELECT subject FROM commits ORDER BY sha")] == [
        "(withheld)", "(withheld)", "(withheld)", "Merge pull request #5 from (withheld)/patch-1", "Thanks @(withheld), and @ben",
    ]  # fmt: skip
    assert known.rows("SELECT html FROM reports")[0][0] == "<b>(withheld)</b> ((withheld))"
    names = known.rows("SELECT display_name, login, kind FROM people ORDER BY display_name")
    assert [tuple(row) for row in names] == [
        ("(forgotten)", None, "human"),
        ("Ben Kim", None, "human"),
        ("ben", "ben", "human"),
    ]


def test_what_is_collected_again_stays_without_a_name_and_changes_no_number(known: Any) -> None:
    before = numbers(known)
    forget_ann(known)
    for _ in range(2):
        collect(known)
        assert traces(known) == []
        assert numbers(known) == before
    with writing(known.engine).begin() as connection:
        late = email_identity(
            "770077+new-name@users.noreply.github.com",
            "Ann Q. Lee",
            known.at("2019-01-01"),
            known.at("2019-01-01"),
        )
        page = withheld(connection, {"commits": [], "identities": [late]})
        for name, rows in page.items():
            upsert(connection, table(name), rows)
    known.refresh()
    assert traces(known) == [], "another address of the account is the same account"
    assert len(known.rows("SELECT 1 FROM people")) == 3


def test_the_copy_in_columns_forgets_with_the_next_refresh(known: Any, tmp_path: Path) -> None:
    copy, now = tmp_path / "copy.duckdb", datetime(2019, 1, 1, tzinfo=UTC)
    before = numbers(known)
    refresh(known.engine, now=now, copy=copy)
    gone = {row["identity_id"] for row in collected(known)["identities"][:4]}

    def authors() -> set[int]:
        with duckdb.connect(str(copy), read_only=True) as held:
            return {row[0] for row in held.execute("SELECT author_id FROM commits").fetchall()}

    assert authors() & gone
    forget_ann(known)
    refresh(known.engine, now=now, copy=copy)
    assert not authors() & gone
    held = known.rows(VALUES)
    assert [tuple(row) for row in held] == before


def test_a_second_refresh_changes_nothing_after_somebody_was_forgotten(known: Any) -> None:
    known.refresh()
    forget_ann(known)
    again = known.refresh()
    assert (again.changed, again.changed_people) == (0, frozenset())


def test_forgetting_moves_with_the_decisions_to_an_installation_that_holds_the_person(
    known: Any, tmp_path: Path, new_world: Any
) -> None:
    known.refresh()
    forget_ann(known)
    file = tmp_path / "people.json"
    with known.engine.connect() as connection:
        file.write_text(exchange.written(connection, "json"))
    assert not [trace for trace in TRACES if trace.lower() in file.read_text().lower()]
    assert len(json.loads(file.read_text())["forgotten"]) == 6, "four identities, the account and the login"
    engine = connect(f"sqlite:///{tmp_path}/other.db")
    Record.metadata.create_all(engine)
    other = new_world(engine)
    collect(other)
    numbers(other)
    acts = "SELECT kind, SUM(quantity) FROM contributions GROUP BY kind ORDER BY kind"
    before = other.rows(acts)
    with writing(engine).begin() as connection:
        exchange.take_in(connection, file, source=None, now=other.at("2025-01-01"))
    held = {row[0] for row in other.rows("SELECT person_id FROM contributions")}
    changed = other.refresh().changed_people
    assert held - changed == {row[0] for row in other.rows("SELECT person_id FROM people")} - changed
    assert len(held & changed) == 2, "Ann, and as whom her other address counted"
    numbers(other)
    assert traces(other) == []
    assert other.rows(acts) == before
    engine.dispose()


def test_a_login_that_somebody_else_has_had_too_is_left_alone(known: Any) -> None:
    known.refresh()
    known.account(9, "ann-lee-77", name="Another One")
    known.account(770077, "ann-lee-moved")
    known.refresh()
    with writing(known.engine).begin() as connection:
        forget(connection, find_person(connection, "github:770077").person_id, known.at("2024-02-01"))
    collect_rows = {"issues": [dict(collected(known)["issues"][1])]}
    with known.engine.connect() as connection:
        assert withheld(connection, collect_rows)["issues"][0]["title"] == "Ask @ann-lee-77"
    assert known.rows("SELECT login FROM identities WHERE github_user_id = 9")[0][0] == "ann-lee-77"


def test_nobody_is_withheld_where_nobody_was_forgotten(sqlite_world: Any) -> None:
    rows = collected(sqlite_world)
    with sqlite_world.engine.connect() as connection:
        assert withheld(connection, rows) is rows


def test_every_column_that_holds_an_identity_says_so() -> None:
    people = {"identities", "people_suggestions", "forgotten_identities"}
    for each in Record.metadata.tables.values():
        for column in each.columns:
            told = "dentity of" in (column.comment or "") or column.name.endswith(
                ("author_id", "identity_id")
            )
            if told and each.name not in people:
                assert column.info.get("holds") == IDENTITY["holds"], (
                    f"{each.name}.{column.name}: forgetting would miss it"
                )


def test_somebody_who_was_forgotten_can_still_be_given_a_kind_by_nobody(known: Any) -> None:
    known.refresh()
    with writing(known.engine).begin() as connection:
        ann = find_person(connection, "@ann-lee-77")
        deciding.decide_kind(connection, ann, "bot", "Ann Q. Lee is a robot", known.at("2024-01-01"))
    known.refresh()
    forget_ann(known)
    known.refresh()
    assert traces(known) == []
    told = known.rows("SELECT kind, kind_reason FROM people WHERE display_name = '(forgotten)'")
    assert [tuple(row) for row in told] == [("bot", "manual: (withheld)")]
    with known.engine.connect() as connection:
        assert connection.execute(select(text("COUNT(*) FROM people_decisions"))).scalar() == 2
