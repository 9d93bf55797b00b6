# ruff: noqa: E501 (a fact stands on few lines, as in a table)
"""Interns and students: told by rosters, by dated words in profiles and by hand, and gone with who is forgotten."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from db.engine import writing
from db.errors import DatabaseError
from db.people.decisions import Decision, read_decisions
from db.people.exchange import written
from db.people.find import find_person
from db.people.forgetting import forget
from db.people.rosters import keep_rosters, matched, read_roster
from db.people.self_descriptions import Told, roles_told

NOW = datetime(2024, 9, 1, tzinfo=UTC)
SEEN = date(2024, 2, 10)
MONTH = (date(2024, 2, 1), date(2024, 2, 29))
HEAD = "programme,login,from,to,kind\n"


def year(number: int) -> tuple[date, date]:
    return date(number, 1, 1), date(number, 12, 31)


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["Software engineering intern at Google"], [("intern", *MONTH)]),
        ([None, "Intern @ NVIDIA"], [("intern", *MONTH)]),
        (["PhD student, intern at Meta"], [("intern", *MONTH), ("student", *MONTH)]),
        (["Previously SWE intern @ Google (2019)"], [("intern", *year(2019))]),
        (["SWE intern @ Google, 2019"], [("intern", *year(2019))]),
        (["Student, GSoC 2022"], [("student", *year(2022))]),
        (["GSoC 2021 and 2022"], [("student", *year(2021)), ("student", *year(2022))]),
        (["Incoming intern at Google, 2025"], []),
        (["Incoming intern at Google"], []),
        (["Former intern. Now an engineer"], []),
        (["GSoC mentor 2022 | I teach students"], []),
        (["International internist", "Internal tools"], []),
        (["Student of life", None, ""], []),
        (["Class of 2031"], []),
    ],
)
def test_a_profile_tells_of_the_year_that_it_names_or_of_the_month_in_which_it_was_read(
    texts: list[str | None], told: list[tuple[str, date, date]]
) -> None:
    assert roles_told(texts, SEEN) == [Told(*each) for each in told]


def roster(folder: Path, *lines: str) -> Path:
    path = folder / "gsoc.csv"
    path.write_text(HEAD + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def kept(world: Any, *paths: Path) -> int:
    """Keep these rosters, and find out who is who."""
    with writing(world.engine).begin() as connection:
        changed = keep_rosters(connection, paths, NOW)
    world.refresh()
    return changed


def roles(world: Any) -> list[tuple[str, ...]]:
    found = world.rows("SELECT p.login, r.kind, r.programme, r.from_day, r.to_day, r.source FROM person_roles r JOIN people p ON p.person_id = r.person_id")  # fmt: skip
    return sorted(tuple(map(str, row)) for row in found)


ANN = "Summer of Code,@Ann-Lee,2024-05-27,2024-08-26,student"
HELD = ("ann-lee", "student", "Summer of Code", "2024-05-27", "2024-08-26", "roster")


def test_a_roster_dates_students_and_a_line_that_is_gone_takes_its_word_back(
    world: Any, tmp_path: Path
) -> None:
    world.account(7, "ann-lee")
    world.account(8, "bob")
    assert kept(world, roster(tmp_path, ANN, "Labs,bob,2023-01-01,2023-06-30,intern", "Labs,nobody,2023-01-01,2023-06-30,intern")) == 3  # fmt: skip
    assert roles(world) == [HELD, ("bob", "intern", "Labs", "2023-01-01", "2023-06-30", "roster")]
    assert kept(world, tmp_path / "gsoc.csv") == 0, "the same file changes nothing"
    assert kept(world, roster(tmp_path, ANN.replace("08-26", "09-02"))) == 3
    assert roles(world) == [(*HELD[:4], "2024-09-02", "roster")]
    assert kept(world) == 1
    assert roles(world) == []


def test_a_roster_finds_who_was_renamed_and_nobody_by_a_login_of_two(
    sqlite_world: Any, tmp_path: Path
) -> None:
    world = sqlite_world
    world.account(7, "ann-lee")
    world.refresh()
    world.account(7, "ann-miller")
    path = roster(tmp_path, ANN)
    kept(world, path)
    assert roles(world) == [("ann-miller", *HELD[1:])]
    world.account(9, "ann-lee")
    kept(world, path)
    assert roles(world) == []
    with world.engine.connect() as connection:
        assert [row[-1] for row in matched(connection, read_roster(path))] == ["2 people had it"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            "Labs,ann,2024-01-02,2024-01-01,intern",
            "line 2: ends on 2024-01-01, before it begins on 2024-01-02",
        ),
        ("Labs,ann,1/2/2024,2024-01-01,intern", "line 2: from and to are days such as 2024-05-27"),
        ("Labs,ann,2024-01-01,2024-01-01,mentor", "line 2: kind 'mentor' is not one of intern, student"),
        ("Labs,a b,2024-01-01,2024-01-01,intern", "line 2: login 'a b' is none of GitHub's"),
        (",ann,2024-01-01,2024-01-01,intern", "line 2: programme '' is empty"),
        ("Labs,ann,2024-01-01,2024-01-01,intern,x", "line 2: has more fields than columns"),
    ],
)
def test_a_wrong_line_is_refused_by_number(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(DatabaseError) as raised:
        read_roster(roster(tmp_path, line))
    assert says in str(raised.value)
    assert "gsoc.csv" in str(raised.value)


def test_a_file_that_is_no_roster_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"no\.csv.*cannot be read"):
        read_roster(tmp_path / "no.csv")
    (tmp_path / "other.csv").write_text("login,from\n")
    with pytest.raises(DatabaseError, match="the columns are not programme, login, from, to, kind"):
        read_roster(tmp_path / "other.csv")


def told(world: Any, identity: int, *spans: tuple[str, str]) -> None:
    for first, last in spans:
        world.write("profile_roles", {"identity_id": identity, "kind": "intern", "from_day": date.fromisoformat(first), "to_day": date.fromisoformat(last)})  # fmt: skip


def test_what_a_profile_says_again_at_its_next_reading_held_in_between(sqlite_world: Any) -> None:
    world = sqlite_world
    told(
        world, world.account(7, "ann"),
        ("2024-01-01", "2024-01-31"), ("2024-04-01", "2024-04-30"), ("2025-04-01", "2025-04-30"),
    )  # fmt: skip
    world.refresh()
    assert roles(world) == [
        ("ann", "intern", "", "2024-01-01", "2024-04-30", "profile"),
        ("ann", "intern", "", "2025-04-01", "2025-04-30", "profile"),
    ]


def test_bots_have_no_roles_and_a_hand_gives_them_with_a_programme(sqlite_world: Any) -> None:
    world = sqlite_world
    told(world, world.account(5, "some[bot]", "Bot"), ("2024-01-01", "2024-01-31"))
    world.account(7, "ann")
    world.decide(
        Decision("role", "github:7", "intern: Labs", "told by her", NOW, date(2024, 1, 1), date(2024, 2, 1))
    )
    world.refresh()
    assert roles(world) == [("ann", "intern", "Labs", "2024-01-01", "2024-02-01", "manual")]


def test_who_is_forgotten_keeps_the_time_and_loses_the_name_though_the_roster_goes_on_naming_it(
    world: Any, tmp_path: Path
) -> None:
    world.account(7, "ann-lee")
    world.refresh()
    told(world, world.account(7, "ann-miller"), ("2024-01-01", "2024-01-31"))
    path = roster(tmp_path, ANN)
    kept(world, path)
    before = [role[1:5] for role in roles(world)]
    with writing(world.engine).begin() as connection:
        forget(connection, find_person(connection, "@ann-miller").person_id, NOW)
    assert kept(world, path) == 0
    assert [role[1:5] for role in roles(world)] == before
    assert not any("ann-" in row for rows in world.everything().values() for row in rows)


def test_what_rosters_say_is_not_exported_and_what_a_hand_said_is(sqlite_world: Any, tmp_path: Path) -> None:
    world = sqlite_world
    world.account(7, "ann-lee")
    kept(world, roster(tmp_path, ANN))
    world.decide(Decision("role", "github:7", "intern", "told", NOW, date(2024, 1, 1), date(2024, 2, 1)))
    with world.engine.connect() as connection:
        text = written(connection, "toml")
        assert len(read_decisions(connection)) == 2
    assert 'role = "intern"\nfrom = 2024-01-01\nto = 2024-02-01\n' in text
    assert "Summer of Code" not in text
