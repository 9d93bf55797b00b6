# ruff: noqa: E501 (a fact stands on few lines, as in a table)
"""What no person does tells a bot: robots' messages, one message over and over, answers within seconds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from db.engine import writing
from db.schema import table
from db.upsert import upsert


def commits(world: Any, author: int, subjects: list[str]) -> None:
    """A commit for each subject."""
    at = world.at("2018-03-05")
    with writing(world.engine).begin() as connection:
        upsert(
            connection,
            table("commits"),
            [
                {
                    "repository_id": world.repository, "sha": f"{author % 10**12:012x}{place:028x}", "author_id": author,
                    "committer_id": author, "authored_at": at, "author_offset": 0, "committed_at": at, "day": at.date(),
                    "parents": 1, "subject": subject,
                }
                for place, subject in enumerate(subjects)
            ],
        )  # fmt: skip


def answers(world: Any, author: int, opener: int | None, waits: list[int]) -> None:
    """An issue for each wait (seconds), answered by the author so long after its opening."""
    at = world.at("2018-03-05")
    held = world.rows("SELECT COALESCE(MAX(number), 0) FROM issues")[0][0]
    with writing(world.engine).begin() as connection:
        for place, wait in enumerate(waits, held + 1):
            upsert(
                connection,
                table("issues"),
                [{"repository_id": world.repository, "number": place, "title": "x", "author_id": opener, "state": "open",
                  "created_at": at, "updated_at": at, "day": at.date()}],
            )  # fmt: skip
            upsert(
                connection,
                table("comments"),
                [{"repository_id": world.repository, "kind": "conversation", "github_id": place, "number": place,
                  "author_id": author, "created_at": at + timedelta(seconds=wait), "day": at.date()}],
            )  # fmt: skip


def kind(world: Any, identity: int) -> tuple[str, str]:
    """What somebody is, and why."""
    world.refresh()
    (row,) = world.rows(
        "SELECT p.kind, p.kind_reason FROM people p JOIN identities i ON i.person_id = p.person_id "
        f"WHERE i.identity_id = {identity}"
    )
    return row[0], row[1]


BUMP = "build(deps): Bump urllib3 from 1.26.4 to 1.26.5 in /tools"


@pytest.mark.parametrize(
    ("bumps", "others", "expected"), [(20, 0, "bot"), (40, 10, "bot"), (19, 0, "human"), (39, 11, "human")]
)
def test_whose_commits_are_those_of_an_update_robot_is_one(
    world: Any, bumps: int, others: int, expected: str
) -> None:
    author = world.address("somebody@gmail.com", "Somebody")
    commits(world, author, [BUMP] * bumps + ["Fix typo"] * others)
    found, why = kind(world, author)
    assert found == expected
    if expected == "bot":
        assert why == (
            f"almost every commit is one of those that update robots write ({bumps} of {bumps + others} commits)"
        )


def test_an_address_under_which_a_workflow_alone_commits_is_a_program_and_one_of_a_person_who_writes_is_not(
    world: Any,
) -> None:
    alone, starter = (world.address(f"{n}+{n}@users.noreply.github.com", str(n)) for n in (6, 7))
    account = world.account(7, "7")
    for each in (alone, starter):
        commits(world, each, ["[create-pull-request] automated change"] * 2)
    commits(world, account, ["Fix typo"])
    assert kind(world, alone) == (
        "bot",
        "every commit is one that a workflow made under the account's name (2 of 2 commits)",
    )
    assert kind(world, starter)[0] == "human"


def test_who_has_hundreds_of_commits_at_the_projects_domain_exports_those_of_others(world: Any) -> None:
    exporter, person = (world.address(f"{name}@tensorflow.org", name) for name in ("a", "b"))
    commits(world, exporter, [f"Change {number}" for number in range(500)])
    commits(world, person, [f"Change {number}" for number in range(499)])
    assert kind(world, exporter) == (
        "proxy",
        "an address at tensorflow.org with hundreds of commits exports work done inside Google (500 commits)",
    )
    assert kind(world, person)[0] == "human"


def test_one_message_a_thousand_times_is_a_program_and_a_hundred_times_a_habit(world: Any) -> None:
    program, person = world.address("a@gmail.com", "A"), world.address("b@gmail.com", "B")
    commits(world, program, ["Update daily"] * 1000 + ["Fix"])
    commits(world, person, ["Fix typo"] * 999)
    assert kind(world, program) == ("bot", "one message, thousands of times (1,000 of 1,001 commits)")
    assert kind(world, person)[0] == "human"


def test_who_answers_within_seconds_is_a_program_unless_the_item_is_its_own_or_it_is_rare(world: Any) -> None:
    opener = world.account(5, "opener")
    program, eager, author = (
        world.account(n, name) for n, name in ((6, "helper"), (7, "eager"), (8, "author"))
    )
    answers(world, program, opener, [0, 5, 15] * 10)
    answers(world, eager, opener, [10] * 30 + [60] * 31)
    answers(world, author, author, [3] * 40)
    answers(world, program, None, [4] * 2)
    assert kind(world, program) == (
        "bot", "answers within 15 seconds of the opening, most of the time (32 of 32 comments)",
    )  # fmt: skip
    assert kind(world, eager)[0] == "human"
    assert kind(world, author)[0] == "human"


def test_behaviour_is_that_of_the_whole_person(world: Any) -> None:
    one = world.address("7+robot@users.noreply.github.com", "robot")
    other = world.account(7, "robot")
    commits(world, one, [BUMP] * 30)
    commits(world, other, ["Write the scheduler"] * 30)
    assert kind(world, one)[0] == "human"
