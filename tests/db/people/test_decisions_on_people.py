# ruff: noqa: E501 (a fact stands on few lines, as in a table)
"""What a hand decides is kept, followed for all history, taken back without loss, and moves between databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from db.engine import connect, writing
from db.errors import DatabaseError
from db.metrics import read
from db.metrics.refresh import refresh
from db.people import deciding, exchange
from db.people.decisions import Decision
from db.people.find import affiliation_rows, find_person
from db.people.organizations import read_directory
from db.schema import Record

SETTLED = (
    "identities",
    "people",
    "affiliations",
    "people_suggestions",
    "organizations",
    "organization_domains",
)


def settled(world: Any) -> dict[str, list[str]]:
    """What a refresh of people makes."""
    return {name: rows for name, rows in world.everything().items() if name in SETTLED}


def fill(world: Any) -> None:
    """Some people: one with an account and two addresses, one with a reused login, some of one name."""
    ann = world.account(7, "ann", name="Ann Lee", company="IBM")
    world.address("7+ann@users.noreply.github.com")
    gmail = world.address("ann@gmail.com", "Ann Lee")
    world.landed(1, ann, gmail, squash=True)
    world.account(8, "ben", name="Ben Kim")
    world.address("ben@nvidia.com", "Ben Kim")
    world.address("ben@gmail.com", "Ben Kim")
    world.address("gardener@tensorflow.org", "A. Unique TensorFlower")


def test_a_merge_by_hand_stands_after_every_refresh_and_a_split_takes_it_back(world: Any) -> None:
    fill(world)
    world.refresh()
    before = settled(world)
    with writing(world.engine).begin() as connection:
        two = [find_person(connection, name) for name in ("@ben", "ben@nvidia.com")]
        deciding.merge(connection, two, "he said so", world.at("2024-01-01"))
    for _ in range(2):
        world.refresh()
        with world.engine.connect() as connection:
            one = find_person(connection, "@ben")
        assert len(one.identities) == 2
    assert {each.person_reason for each in one.identities} == {"manual: he said so"}
    with writing(world.engine).begin() as connection:
        deciding.split(connection, one, [two[1].reference], "it was another one", world.at("2024-01-02"))
    world.refresh()
    assert settled(world) == before


def test_a_split_holds_against_the_evidence_and_a_merge_takes_it_back(world: Any) -> None:
    fill(world)
    world.refresh()
    before = settled(world)
    with writing(world.engine).begin() as connection:
        ann = find_person(connection, "@ann")
        gmail = find_person(connection, "ann@gmail.com")
        assert gmail.person_id == ann.person_id
        (hashed,) = (f"email:{e.address_hash}" for e in ann.identities if e.domain == "gmail.com")
        deciding.split(connection, ann, [hashed], "another one", world.at("2024-01-01"))
    world.refresh()
    with writing(world.engine).begin() as connection:
        ann, other = (find_person(connection, name) for name in ("@ann", "ann@gmail.com"))
        assert ann.person_id != other.person_id
        assert [row[2:4] for row in world.rows("SELECT * FROM people_suggestions") if row[3] == 0] == []
        deciding.merge(connection, [ann, other], "it is her after all", world.at("2024-01-02"))
        assert len(world.rows("SELECT 1 FROM people_decisions")) == 1
    world.refresh()
    with writing(world.engine).begin() as connection:
        number = world.rows("SELECT decision_id FROM people_decisions")[0][0]
        from db.people.decisions import remove

        remove(connection, [number])
    world.refresh()
    assert settled(world) == before


MOVES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MOVES)
def test_merging_and_then_splitting_gives_back_what_was(
    tmp_path_factory: pytest.TempPathFactory, new_world: Callable[[Engine], Any], moves: list[tuple[int, int]]
) -> None:
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('people')}/flowmeter.db")
    Record.metadata.create_all(engine)
    world = new_world(engine)
    fill(world)
    world.refresh()
    before = settled(world)
    done = []
    for place, (one, other) in enumerate(moves):
        with writing(engine).begin() as connection:
            numbers = [row[0] for row in world.rows("SELECT person_id FROM people ORDER BY person_id")]
            first, second = numbers[one % len(numbers)], numbers[other % len(numbers)]
            if first == second:
                continue
            pair = [find_person(connection, str(number)) for number in (first, second)]
            called = {reference for each in pair[1:] for reference in _references(each)}
            deciding.merge(connection, pair, "a try", world.at(f"2024-01-{place + 1:02}"))
        world.refresh()
        done.append((pair[0].reference, called))
    for place, (staying, leaving) in enumerate(reversed(done)):
        with writing(engine).begin() as connection:
            joined = find_person(connection, staying)
            deciding.split(connection, joined, sorted(leaving), "back", world.at(f"2024-02-{place + 1:02}"))
        world.refresh()
    assert settled(world) == before
    engine.dispose()


def _references(person: Any) -> set[str]:
    from db.people.seen import reference

    return {reference(each) for each in person.identities}


def test_a_second_refresh_changes_nothing_and_the_order_of_collection_is_no_matter(
    new_world: Callable[[Engine], Any], tmp_path: Path
) -> None:
    steps = (
        lambda world: world.account(7, "ann", name="Ann Lee", company="IBM"),
        lambda world: world.address("7+ann@users.noreply.github.com", first="2015-01-01"),
        lambda world: world.landed(
            1, world.account(7, "ann"), world.address("ann@gmail.com", "Ann Lee"), squash=True
        ),
        lambda world: world.address("ann@users.noreply.github.com", first="2014-01-01"),
    )
    ends = []
    for place, order in enumerate(list(permutations(steps))[::5]):
        engine = connect(f"sqlite:///{tmp_path}/{place}.db")
        Record.metadata.create_all(engine)
        world = new_world(engine)
        for step in order:
            step(world)
            world.refresh()
        end = settled(world)
        again = world.refresh()
        assert (again.changed, again.changed_people) == (0, frozenset())
        assert settled(world) == end
        ends.append(end)
        engine.dispose()
    assert all(end == ends[0] for end in ends)
    assert len(ends[0]["people"]) == 2, "Ann, and GitHub's own address"


def test_what_a_hand_says_of_affiliations_wins_over_maps_those_over_domains_and_those_over_profiles(
    world: Any,
) -> None:
    world.account(7, "ann", company="Intel")
    world.address("7+ann@users.noreply.github.com", first="2010-01-01", last="2020-12-31")
    world.address("ann@nvidia.com", first="2015-01-01", last="2018-12-31")
    joined = Decision("merge", "github:7", "email:" + _hash("ann@nvidia.com"), "told", world.at("2024-01-01"))
    world.decide(
        joined,
        Decision(
            "affiliate",
            "login:ann",
            "Arm",
            "map",
            world.at("2024-01-01"),
            date(2017, 1, 1),
            date(2019, 12, 31),
            "map",
        ),
        Decision(
            "affiliate",
            "github:7",
            "Google",
            "told",
            world.at("2024-01-01"),
            date(2018, 1, 1),
            date(2018, 6, 30),
        ),
    )
    world.refresh()
    found = world.rows(
        "SELECT o.name, a.from_day, a.to_day, a.source FROM affiliations a "
        "JOIN organizations o ON o.organization_id = a.organization_id ORDER BY a.from_day"
    )
    assert [(name, str(first), str(last), source) for name, first, last, source in found] == [
        ("NVIDIA", "2015-01-01", "2016-12-31", "domain"),
        ("Arm", "2017-01-01", "2017-12-31", "map"),
        ("Google", "2018-01-01", "2018-06-30", "manual"),
        ("Arm", "2018-07-01", "2019-12-31", "map"),
        ("Intel", "2020-01-01", "9999-12-31", "profile"),
    ]


def test_a_hand_says_that_somebody_acted_for_nobody_and_that_is_not_unknown(world: Any) -> None:
    world.account(7, "ann", company="Intel")
    address = world.address("7+ann@users.noreply.github.com", first="2015-01-01", last="2018-12-31")
    at_work = world.address("ann@nvidia.com", first="2015-01-01", last="2018-12-31")
    for year in (2016, 2017, 2018):
        for who in (address, at_work):
            world.commit(f"{year:020x}{who % 10**12:020x}", who, day=f"{year}-03-05")
    world.decide(
        Decision("merge", "github:7", "email:" + _hash("ann@nvidia.com"), "told", world.at("2024-01-01"))
    )
    world.refresh()
    with writing(world.engine).begin() as connection:
        ann = find_person(connection, "github:7")
        days = date(2017, 1, 1), date(2017, 12, 31)
        deciding.affiliate(connection, ann, "Independent", *days, "took a year off", world.at("2024-01-01"))
    refresh(world.engine, now=world.at("2019-06-01"), metrics=["commits"])
    found = world.rows(
        "SELECT day, segment, SUM(quantity) FROM contributions GROUP BY day, segment ORDER BY day"
    )
    assert [(str(day)[:4], segment, int(count)) for day, segment, count in found] == [
        ("2016", "organization", 2),
        ("2017", "independent", 2),
        ("2018", "organization", 2),
    ]
    with world.engine.connect() as connection:
        spans = affiliation_rows(connection, find_person(connection, "github:7").person_id)
    assert [(name, str(first)) for name, first, _, _ in spans] == [
        ("NVIDIA", "2015-01-01"), ("independent", "2017-01-01"), ("NVIDIA", "2018-01-01"), ("Intel", "2019-01-01"),
    ]  # fmt: skip
    assert world.rows("SELECT COUNT(*) FROM organizations WHERE LOWER(name) = 'independent'") == [(0,)]


def _hash(address: str) -> str:
    from db.people.identities import address_hash

    return address_hash(address)


def test_an_edit_takes_effect_for_all_history_at_the_next_refresh(world: Any) -> None:
    address = world.address("ann@startup.example", first="2016-01-01", last="2018-12-31")
    for year in (2016, 2017, 2018):
        world.commit(f"{year:040x}", address, day=f"{year}-03-05")

    def segments() -> dict[str, float]:
        refresh(world.engine, now=world.at("2019-06-01"), metrics=["commits"])
        with world.engine.connect() as connection:
            frame = read.values(connection, "commits", "tensorflow/tensorflow", "year")
        return {
            f"{day.year} {segment}": value
            for day, segment, value in zip(frame["period"], frame["segment"], frame["value"], strict=True)
            if segment != "all"
        }

    assert segments() == {"2016 unknown": 1, "2017 unknown": 1, "2018 unknown": 1}
    with writing(world.engine).begin() as connection:
        ann = find_person(connection, "ann@startup.example")
        deciding.affiliate(connection, ann, "google", date(2017, 1, 1), None, "told", world.at("2024-01-01"))
    # What a hand says of one time says nothing of another.
    assert segments() == {"2016 unknown": 1, "2017 steward": 1, "2018 steward": 1}
    with writing(world.engine).begin() as connection:
        deciding.affiliate(
            connection, ann, "A Start-up", None, date(2016, 12, 31), "told", world.at("2024-01-02"), new=True
        )
    assert segments() == {"2016 organization": 1, "2017 steward": 1, "2018 steward": 1}


def test_an_edit_of_the_organisations_takes_effect_for_all_history(world: Any) -> None:
    world.address("ann@xilinx.com", first="2016-01-01", last="2023-12-31")
    world.refresh()
    names = "SELECT o.name FROM affiliations a JOIN organizations o ON o.organization_id = a.organization_id ORDER BY a.from_day"
    assert [row[0] for row in world.rows(names)] == ["Xilinx", "AMD"]
    directory = read_directory()
    without = type(directory)(**{**_fields(directory), "domains": {}, "_known": {}})
    changed = world.refresh(directory=without)
    assert world.rows(names) == []
    assert len(changed.changed_people) == 1


def _fields(directory: Any) -> dict[str, Any]:
    return {name: getattr(directory, name) for name in directory.__dataclass_fields__}


@pytest.mark.parametrize("form", ["toml", "json"])
def test_decisions_move_to_another_installation(
    world: Any, form: str, tmp_path: Path, new_world: Callable[[Engine], Any]
) -> None:
    fill(world)
    world.decide(
        Decision(
            "affiliate", "github:7", "IBM", 'she said: "yes"\n', world.at("2024-01-01"), date(2017, 1, 1)
        ),
        Decision("kind", "github:8", "bot", "a robot", world.at("2024-01-01")),
        Decision("merge", "github:8", "email:" + _hash("ben@nvidia.com"), "told", world.at("2024-01-01")),
    )
    world.refresh()
    file = tmp_path / f"people.{form}"
    with world.engine.connect() as connection:
        file.write_text(exchange.written(connection, form))
    assert "ben@nvidia.com" not in file.read_text()
    assert '"ann"' in file.read_text(), "logins are for readers"
    engine = connect(f"sqlite:///{tmp_path}/other.db")
    Record.metadata.create_all(engine)
    other = new_world(engine)
    fill(other)
    with writing(engine).begin() as connection:
        assert exchange.take_in(connection, file, source=None, now=other.at("2025-01-01")).decisions == 3
        assert exchange.take_in(connection, file, source=None, now=other.at("2025-01-02")).decisions == 0
    other.refresh()
    assert settled(other)["people"] == settled(world)["people"] or world.engine.dialect.name == "postgresql"
    assert {tuple(r) for r in other.rows("SELECT display_name, kind FROM people")} == {
        tuple(r) for r in world.rows("SELECT display_name, kind FROM people")
    }
    engine.dispose()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('[[decision]]\ndecision = "marry"', "decision 1: decision 'marry' is not one of merge, apart"),
        (
            '[[decision]]\ndecision = "kind"\nperson = "github:7"\nkind = "robot"',
            "kind 'robot' is not one of human",
        ),
        (
            '[[decision]]\ndecision = "kind"\nperson = "ann"\nkind = "bot"',
            "person 'ann' is not written as github:",
        ),
        ('[[decision]]\ndecision = "affiliate"\nperson = "github:7"', "organization is missing"),
        (
            '[[decision]]\norganization = "IBM"\nperson = "github:7"\nfrom = "soon"',
            "are written as 2020-04-27",
        ),
        (
            '[[decision]]\norganization = "IBM"\nperson = "github:7"\nfrom = 2020-01-02\nto = 2020-01-01',
            "ends on 2020-01-01",
        ),
        ('[[decision]]\norganization = "IBM"\nperson = "email:0123"', "another key"),
        ("[[person]]", "person: is not one of key, decision, forgotten"),
        ("[[", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_by_entry_and_nothing_is_taken(
    sqlite_world: Any, tmp_path: Path, content: str, says: str
) -> None:
    file = tmp_path / "people.toml"
    good = '\n[[decision]]\norganization = "IBM"\nperson = "github:7"\n'
    file.write_text(good + content)
    with pytest.raises(DatabaseError) as raised, writing(sqlite_world.engine).begin() as connection:
        exchange.take_in(connection, file, source=None, now=sqlite_world.at("2024-01-01"))
    assert says.replace("decision 1", "decision 2") in str(raised.value)
    assert sqlite_world.rows("SELECT 1 FROM people_decisions") == []


def test_the_later_decision_about_the_same_stands_in_whatever_order_they_come(world: Any) -> None:
    early = Decision("kind", "github:7", "bot", "early", world.at("2024-01-01"))
    late = Decision("kind", "github:7", "human", "late", world.at("2024-01-02"))
    world.decide(late)
    world.decide(early)
    assert [row[0] for row in world.rows("SELECT value FROM people_decisions")] == ["human"]


def test_people_are_found_by_what_a_user_knows_and_an_ambiguous_name_lists_the_candidates(world: Any) -> None:
    fill(world)
    world.refresh()
    with world.engine.connect() as connection:
        ann = find_person(connection, "@Ann")
        for named in (
            "ann",
            "ANN LEE",
            "Ann@Gmail.com",
            "github:7",
            f"email:{_hash('ann@gmail.com')[:12]}",
            str(ann.person_id),
        ):
            assert find_person(connection, named) == ann
        with pytest.raises(
            DatabaseError, match=r"'Ben Kim': names 3 people: .*@ben.*Give the person's number"
        ):
            find_person(connection, "Ben Kim")
        with pytest.raises(DatabaseError, match=r"'nobody': is nobody that is held"):
            find_person(connection, "nobody")


def test_mistakes_in_deciding_name_the_thing_and_the_way_out(world: Any) -> None:
    fill(world)
    world.refresh()
    now = world.at("2024-01-01")
    with writing(world.engine).begin() as connection:
        ann = find_person(connection, "ann")
        with pytest.raises(
            DatabaseError, match=r"'Gogle': is no organisation that is known\. Did you mean Google"
        ):
            deciding.affiliate(connection, ann, "Gogle", None, None, "x", now)
        with pytest.raises(DatabaseError, match="before it begins"):
            deciding.affiliate(connection, ann, "IBM", date(2020, 1, 2), date(2020, 1, 1), "x", now)
        with pytest.raises(DatabaseError, match=r"is no identity of Ann Lee.*github:7"):
            deciding.split(connection, ann, ["email:0123456789ab"], "x", now)
        with pytest.raises(DatabaseError, match="leave nobody behind"):
            deciding.split(connection, ann, sorted(_references(ann)), "x", now)
        with pytest.raises(DatabaseError, match="one person already"):
            deciding.merge(connection, [ann, ann], "x", now)
        with pytest.raises(DatabaseError, match="5: is no suggestion"):
            deciding.answer_suggestion(connection, 5, "merge", "", now)


def test_suggestions_are_accepted_or_rejected_for_good(world: Any) -> None:
    world.address("ann@us.ibm.com", "Ann Lee")
    world.address("alee@in.ibm.com", "Ann Lee")
    world.address("ben@us.ibm.com", "Ben Kim")
    world.address("bkim@in.ibm.com", "Ben Kim")
    world.refresh()
    from db.people.find import suggestion_rows

    with writing(world.engine).begin() as connection:
        offered = {row[2].split(" (")[0]: row[0] for row in suggestion_rows(connection)}
        deciding.answer_suggestion(connection, offered["Ann Lee"], "merge", "", world.at("2024-01-01"))
        deciding.answer_suggestion(connection, offered["Ben Kim"], "apart", "", world.at("2024-01-01"))
    for _ in range(2):
        world.refresh()
        assert world.rows("SELECT 1 FROM people_suggestions") == []
        assert sorted(row[0] for row in world.rows("SELECT display_name FROM people")) == [
            "Ann Lee",
            "Ben Kim",
            "Ben Kim",
        ]
