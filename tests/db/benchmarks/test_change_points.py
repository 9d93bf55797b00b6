"""Change points as results arrive: suspected, confirmed, withdrawn, and what people said of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from db.adhoc.query import run
from db.benchmarks import change_decisions
from db.benchmarks.changes import STATES, changes, commits_between, regressions, surroundings
from db.benchmarks.detection import Detected, detect_changes
from db.benchmarks.known_changes import matched
from db.engine import writing
from db.errors import DatabaseError
from db.schema import stable_id, table

Add = Callable[..., None]
REPOSITORY = "https://github.com/acme/rockets"


@pytest.fixture
def grow(engine: Engine, add_history: Add) -> Add:
    """Adds results to a series, one a day from its newest on, as an ingest would."""
    days: dict[str, int] = {}

    def add(values: Sequence[float], case: str = "speed", **told: Any) -> None:
        at = days.get(case, 0)
        days[case] = at + len(values)
        add_history(engine, values, at, case, **told)

    return add


def level(center: float, count: int) -> list[float]:
    """Values about a level, 1% off: no noise that a seed could change."""
    return [center * (0.99, 1.01, 1.0)[number % 3] for number in range(count)]


def rows(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(table("change_points").select()).mappings()]


def decide(engine: Engine, how: Callable[..., None], *arguments: Any, **told: Any) -> None:
    with writing(engine).begin() as connection:
        how(connection, *arguments, **told)


def test_a_step_is_suspected_at_once_confirmed_with_its_fifth_result_and_stays(
    engine: Engine, grow: Add
) -> None:
    grow(level(100, 40))
    assert detect_changes(engine) == Detected(series=1)
    states = []
    for value in level(120, 8):
        grow([value])
        found = detect_changes(engine)
        (row,) = rows(engine)
        states.append((row["state"], found.suspected, found.confirmed))
    assert states == (
        [("suspected", 1, 0)] + [("suspected", 0, 0)] * 3 + [("confirmed", 0, 1)] + [("confirmed", 0, 0)] * 3
    )
    assert (row["before"], row["after"]) == (100, 120)
    assert row["percent"] == pytest.approx(20)
    assert (row["values_before"], row["values_after"]) == (40, 8)
    assert row["result_id"] == stable_id("speed", 40)
    assert row["previous_result_id"] == stable_id("speed", 39)
    assert row["algorithm"].startswith("flowmeter-steps ")
    assert 0 < row["probability"] < 1e-4


def test_a_suspicion_that_is_not_borne_out_goes_and_stays_only_for_its_note(
    engine: Engine, grow: Add
) -> None:
    grow([*level(100, 40), 150])
    grow([*level(100, 40), 150], case="noted")
    assert detect_changes(engine).suspected == 2
    noted = next(row for row in rows(engine) if row["result_id"] == stable_id("noted", 40))
    decide(engine, change_decisions.annotate, noted["change_point_id"], note="the cooler was dusty")
    grow(level(100, 1))
    grow(level(100, 1), case="noted")
    assert detect_changes(engine).withdrawn == 2
    (row,) = rows(engine)
    assert (row["state"], row["note"]) == ("withdrawn", "the cooler was dusty")
    with engine.connect() as connection:
        assert changes(connection).empty
        assert changes(connection, states=["withdrawn"])["note"].tolist() == ["the cooler was dusty"]


def test_the_same_results_again_change_nothing(engine: Engine, grow: Add) -> None:
    grow([*level(100, 40), *level(120, 20), *level(90, 20), 200])
    assert detect_changes(engine) == Detected(series=1, suspected=1, confirmed=2)
    before = rows(engine)
    assert detect_changes(engine) == Detected()
    assert detect_changes(engine, everything=True) == Detected(series=1)
    assert rows(engine) == before


def test_what_is_found_does_not_depend_on_how_results_came(
    sqlite_engine: Engine, postgresql_engine: Engine, add_history: Add
) -> None:
    values = [*level(100, 30), *level(120, 12), *level(119, 20), *level(80, 12), 160, 161]
    for engine, steps in ((sqlite_engine, (0, 76)), (postgresql_engine, (0, 33, 40, 50, 61, 65, 75, 76))):
        for start, end in pairwise(steps):
            add_history(engine, values[start:end], start, "speed")
            detect_changes(engine)
    key = "result_id"
    whole, grown = (
        sorted(rows(each), key=lambda row: row[key]) for each in (sqlite_engine, postgresql_engine)
    )
    for row in (*whole, *grown):
        del row["change_point_id"]  # of the result where the step was first seen
    assert grown == whole
    assert len(whole) == 3


def test_decisions_notes_and_numbers_stay_when_the_place_moves(engine: Engine, grow: Add) -> None:
    # 41 is half-way: with one result after it the step seems to begin there, with more one later.
    grow([*level(100, 40), 112, 121])
    detect_changes(engine)
    (first,) = rows(engine)
    decide(engine, change_decisions.decide, first["change_point_id"], "acknowledged", note="ours", link="#7")
    with writing(engine).begin() as connection:
        results = table("benchmark_results")
        connection.execute(
            update(results).where(results.c.result_id == stable_id("speed", 40)).values(value=101)
        )
    grow(level(120, 10))
    detect_changes(engine)
    (moved,) = rows(engine)
    assert (first["result_id"], moved["result_id"]) == (stable_id("speed", 40), stable_id("speed", 41))
    kept = ("change_point_id", "series_id")
    assert [moved[name] for name in kept] == [first[name] for name in kept]
    assert (moved["state"], moved["note"], moved["link"]) == ("acknowledged", "ours", "#7")
    assert moved["values_after"] == 11


def test_what_was_ignored_stays_so_until_it_is_opened_again(engine: Engine, grow: Add) -> None:
    grow([*level(100, 40), *level(120, 10)])
    detect_changes(engine)
    (row,) = rows(engine)
    number = row["change_point_id"]
    decide(engine, change_decisions.decide, number, "ignored")
    grow(level(120, 10))
    detect_changes(engine)
    with engine.connect() as connection:
        assert changes(connection).empty
        assert changes(connection, states=STATES)["state"].tolist() == ["ignored"]
    decide(engine, change_decisions.reopen, number)
    detect_changes(engine)
    (row,) = rows(engine)
    assert (row["change_point_id"], row["state"]) == (number, "confirmed")


def test_what_was_decided_is_kept_when_results_are_put_right(engine: Engine, grow: Add) -> None:
    grow([*level(100, 40), *level(120, 10)])
    grow([*level(100, 40), *level(120, 10)], case="decided")
    detect_changes(engine)
    decided = next(row for row in rows(engine) if row["result_id"] == stable_id("decided", 40))
    decide(engine, change_decisions.decide, decided["change_point_id"], "acknowledged")
    with writing(engine).begin() as connection:
        results = table("benchmark_results")
        connection.execute(update(results).where(results.c.value > 110).values(value=100))
    assert detect_changes(engine) == Detected(series=2, withdrawn=1)
    assert [row["state"] for row in rows(engine)] == ["acknowledged"]


def test_a_change_goes_along_when_its_results_are_given_to_another_series(engine: Engine, grow: Add) -> None:
    grow([*level(100, 40), *level(120, 10)])
    detect_changes(engine)
    (before,) = rows(engine)
    decide(engine, change_decisions.annotate, before["change_point_id"], note="seen")
    # The same results, read again by a reader that knows the hardware better.
    grow(level(1, 1), case="elsewhere", family="H100")
    with writing(engine).begin() as connection:
        results, series = table("benchmark_results"), table("benchmark_series")
        (other,) = connection.execute(
            series.select().where(series.c.series_id != before["series_id"])
        ).mappings()
        connection.execute(
            update(results)
            .where(results.c.series_id == before["series_id"])
            .values(series_id=other["series_id"])
        )
        connection.execute(results.delete().where(results.c.value < 2))
    detect_changes(engine)
    (after,) = rows(engine)
    assert after == before | {"series_id": other["series_id"], "note": "seen"}


def test_competitions_invalid_results_and_hearsay_are_no_history(engine: Engine, grow: Add) -> None:
    for case, told in (
        ("round", {"round": "v2.0"}),
        ("invalid", {"valid": False}),
        ("hearsay", {"claim": "second-hand"}),
        ("few", {}),
    ):
        values = [*level(100, 40), *level(150, 10)]
        grow(values[-14:-4] if case == "few" else values, case=case, **told)
    assert detect_changes(engine) == Detected()
    assert rows(engine) == []


def test_changes_are_told_by_size_with_what_they_mean_and_where_they_lie(engine: Engine, grow: Add) -> None:
    grow([*level(100, 40), *level(80, 10), *level(120, 10)])
    grow([*level(100, 40), *level(80, 20)], case="rate", direction="higher", metric="throughput")
    grow([*level(100, 40), *level(125, 20)], case="far", source="a file", format="csv")
    grow([*level(100, 59), 130], case="lately")
    detect_changes(engine)
    with engine.connect() as connection:
        found = changes(connection)
        bad = regressions(connection, since=date(2022, 7, 12))
        everything = regressions(connection, since=date(2022, 6, 1))
        none = regressions(connection, since=date(2022, 7, 13), until=date(2022, 7, 15))
        around = surroundings(connection, int(found["change_point_id"][0]), around=5)
        assert surroundings(connection, 1).empty
    told = found[["case", "state", "verdict", "together"]].values.tolist()
    assert found["percent"].round().tolist() == [50, 30, 25, -20, -20]
    assert told[:3] == [
        ["speed", "confirmed", "worse", 1],
        ["lately", "suspected", "worse", 1],
        ["far", "confirmed", "worse", 1],
    ]
    assert sorted(told[3:]) == [["rate", "confirmed", "worse", 2], ["speed", "confirmed", "better", 2]]
    # A suspicion is no regression yet.
    assert bad["case"].tolist() == ["speed"]
    assert sorted(everything["case"]) == ["far", "rate", "speed"]
    assert none.empty
    (first,) = bad.to_dict("records")
    assert (first["revision_before"], first["revision_after"]) == (f"{49:040x}", f"{50:040x}")
    assert first["range_link"] == f"{REPOSITORY}/compare/{49:040x}...{50:040x}"
    assert (str(first["day"]), str(first["previous_at"].date())) == ("2022-07-21", "2022-07-20")
    assert (first["unit"], first["family"], first["version_after"]) == ("second", "A100", "2.8")
    assert around["after"].tolist() == [False] * 5 + [True] * 5
    assert around["value"].tolist() == level(80, 10)[5:] + level(120, 5)


def test_what_regressed_can_be_asked_by_sql_as_the_manual_writes_it(engine: Engine, grow: Add) -> None:
    grow([*level(100, 40), *level(120, 20)])
    grow([*level(100, 40), *level(80, 20)], case="better")
    detect_changes(engine)
    manual = (Path(__file__).parents[3] / "docs/benchmarks.md").read_text(encoding="utf-8")
    (query,) = (part.split("```")[0] for part in manual.split("```sql\n")[1:] if "change_points" in part)
    found = run(engine, query, parameters={"since": "2022-01-01"})
    assert [row[found.columns.index("test")] for row in found.rows] == ["speed"]
    assert found.rows[0][-2:] == (f"{39:040x}", f"{40:040x}")


def test_an_empty_database_has_no_changes_and_their_columns(engine: Engine) -> None:
    assert detect_changes(engine) == Detected()
    with engine.connect() as connection:
        assert changes(connection).empty
        assert {"percent", "verdict", "range_link"} <= set(regressions(connection, since=date(2020, 1, 1)))
        for written in ("12345", "what", "1"):
            with pytest.raises(DatabaseError, match="bench changes list"):
                change_decisions.change_named(connection, written)


def test_a_number_may_be_cut_short_when_it_is_the_only_one(engine: Engine, grow: Add) -> None:
    grow([*level(100, 40), *level(120, 20)])
    detect_changes(engine)
    (row,) = rows(engine)
    number = row["change_point_id"]
    with engine.connect() as connection:
        assert change_decisions.change_named(connection, str(number)) == number
        assert change_decisions.change_named(connection, str(number)[:5]) == number


def test_places_are_matched_nearest_first_and_each_once() -> None:
    assert matched([10, 20], [10, 20]) == {0: 0, 1: 1}
    assert matched([10, 13], [12]) == {0: 1}
    assert matched([12], [10, 13]) == {1: 0}
    assert matched([10], [15]) == matched([], [3]) == matched([3], []) == {}
    assert matched([10, 14], [11, 16]) == {0: 0, 1: 1}


def test_commits_between_two_revisions_are_linked_only_where_there_are_some() -> None:
    before, after = "a" * 40, "b" * 40
    assert commits_between(f"{REPOSITORY}/", before, after) == f"{REPOSITORY}/compare/{before}...{after}"
    for source, first, second in (
        ("data.js", before, after),
        (REPOSITORY, before, before),
        (REPOSITORY, None, after),
        (REPOSITORY, before, "v1 <b>"),
        (None, before, after),
    ):
        assert commits_between(source, first, second) is None
