"""The bulk write does the same on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, select

from db.engine import writing
from db.repositories import register
from db.schema import table
from db.upsert import delete, upsert

REPOSITORIES = table("repositories")
IDENTITIES = table("identities")


def repository(**changes: object) -> dict[str, object]:
    row: dict[str, object] = {"repository_id": 1, "full_name": "owner/name", "role": "core", "stars": 5}
    return row | changes


def held(engine: Engine, name: str) -> list[dict[str, object]]:
    with engine.connect() as connection:
        chosen = table(name)
        rows = connection.execute(select(chosen).order_by(*chosen.primary_key)).mappings()
        return [dict(row) for row in rows]


def test_writing_the_same_rows_twice_changes_nothing(engine: Engine) -> None:
    for _ in range(2):
        with writing(engine).begin() as connection:
            assert (
                upsert(connection, REPOSITORIES, [repository(), repository(repository_id=2, full_name="a/b")])
                == 2
            )
    assert [row["full_name"] for row in held(engine, "repositories")] == ["owner/name", "a/b"]


def test_columns_that_are_not_given_keep_what_they_hold(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        upsert(connection, REPOSITORIES, [repository(description="first")])
    with writing(engine).begin() as connection:
        upsert(connection, REPOSITORIES, [repository(stars=6)])
    (row,) = held(engine, "repositories")
    assert (row["description"], row["stars"], row["state"]) == ("first", 6, "alive")


def test_an_unknown_value_never_overwrites_a_known_one(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        upsert(connection, REPOSITORIES, [repository()])
        upsert(connection, REPOSITORIES, [repository(stars=None)])
    assert held(engine, "repositories")[0]["stars"] == 5


def test_first_and_last_seen_widen_and_the_person_is_kept(engine: Engine) -> None:
    base = {"identity_id": 9, "kind": "login", "first_seen": None, "last_seen": None, "person_id": 3}
    days = [
        datetime(2020, 1, 1, tzinfo=UTC),
        datetime(2019, 5, 5, tzinfo=UTC),
        datetime(2021, 2, 2, tzinfo=UTC),
    ]
    with writing(engine).begin() as connection:
        for day in days:
            upsert(connection, IDENTITIES, [base | {"first_seen": day, "last_seen": day, "person_id": 4}])
    (row,) = held(engine, "identities")
    assert (row["first_seen"], row["last_seen"], row["person_id"]) == (days[1], days[2], 4)


def test_instants_are_held_in_utc_and_to_the_second(engine: Engine) -> None:
    written = datetime(2024, 3, 1, 0, 30, 15, 999_999, tzinfo=timezone(timedelta(hours=9)))
    with writing(engine).begin() as connection:
        upsert(connection, REPOSITORIES, [repository(created_at=written)])
    assert held(engine, "repositories")[0]["created_at"] == datetime(2024, 2, 29, 15, 30, 15, tzinfo=UTC)


def test_an_instant_without_a_zone_is_refused(engine: Engine) -> None:
    naive = datetime(2024, 3, 1)  # noqa: DTZ001 (that is the point)
    with writing(engine).begin() as connection, pytest.raises(ValueError, match="no time zone"):
        upsert(connection, REPOSITORIES, [repository(created_at=naive)])


def test_of_rows_with_the_same_key_the_last_counts(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        upsert(connection, REPOSITORIES, [repository(stars=1), repository(stars=2)])
    assert held(engine, "repositories")[0]["stars"] == 2


def test_rows_of_different_shape_are_named(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        with pytest.raises(ValueError, match="'stars'"):
            upsert(
                connection,
                REPOSITORIES,
                [repository(), {"repository_id": 2, "full_name": "x/y", "role": "core"}],
            )
        with pytest.raises(ValueError, match="language"):
            upsert(connection, REPOSITORIES, [repository(), repository(language="C++")])


def test_the_same_table_is_written_twice_in_one_transaction(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        upsert(connection, REPOSITORIES, [repository()])
        upsert(
            connection,
            REPOSITORIES,
            [{"repository_id": 1, "full_name": "owner/name", "role": "core", "forks": 7}],
        )
    row = held(engine, "repositories")[0]
    assert (row["stars"], row["forks"]) == (5, 7)


def test_rows_are_deleted_by_the_values_given(engine: Engine) -> None:
    days = [date(2024, 1, day) for day in range(1, 6)]
    rows = [{"day": day, "grain": "day", "period": day, "period_end": day} for day in days]
    with writing(engine).begin() as connection:
        upsert(connection, table("calendar"), rows)
        delete(connection, table("calendar"), [{"day": days[0]}, {"day": days[3]}])
    assert [row["day"] for row in held(engine, "calendar")] == [days[1], days[2], days[4]]


def test_rows_that_are_written_anew_without_what_was_known_keep_it(engine: Engine) -> None:
    written = datetime(2026, 11, 1, tzinfo=UTC)
    comment = {"kind": "conversation", "number": 1, "created_at": written, "day": written.date()}
    with writing(engine).begin() as connection:
        (repository_id,) = register(connection, {"owner/name": "core"}).values()
        key = {"repository_id": repository_id, "kind": "conversation", "number": 1}
        before = [
            {**comment, "repository_id": repository_id, "github_id": number, "author_id": 7}
            for number in (1, 2, 3)
        ]
        upsert(connection, table("comments"), before)
        # The first has no author any more, the second is as it was, the third is gone.
        after = [before[0] | {"author_id": None}, before[1]]
        delete(connection, table("comments"), [key], after)
        upsert(connection, table("comments"), after)
        held = connection.execute(
            select(table("comments").c.github_id, table("comments").c.author_id).order_by("github_id")
        )
        assert [tuple(row) for row in held] == [(1, 7), (2, 7)]


def test_a_set_grows_by_what_is_written(engine: Engine) -> None:
    use_case = {"domain": "vision", "platform": "web", "cloud": "other", "evidence": "", "confidence": 1.0}
    found = use_case | {"day": date(2020, 1, 1), "found_at": datetime(2026, 11, 1, tzinfo=UTC)}
    with writing(engine).begin() as connection:
        (number,) = register(connection, {"owner/name": "core"}).values()
        for ways in ("topic:b", "", "topic:a; topic:b", "dependency:c"):
            upsert(connection, table("use_cases"), [found | {"repository_id": number, "found_by": ways}])
    (row,) = held(engine, "use_cases")
    assert row["found_by"] == "dependency:c; topic:a; topic:b"


def test_a_row_that_is_held_is_updated_wherever_it_stands_among_new_ones(engine: Engine) -> None:
    # Cases have no foreign keys and series have three: those are written in another way.
    names = ("benchmark_cases", "hardware", "benchmark_metrics")
    case = {"case_id": 1, "suite": "s", "name": "n", "division": None, "scenario": None}
    machine = {"hardware_id": 1, "hardware_class": "gpu", "model": "A100", "family": "A100"}
    unit = {"metric_id": 1, "name": "time", "unit": "s", "canonical_unit": "second", "scale": 1.0}
    rows = (case, machine, unit | {"direction": "lower"})
    series = {"case_id": 1, "hardware_id": 1, "metric_id": 1, "environment_key": "before"}
    with writing(engine).begin() as connection:
        for name, row in zip(names, rows, strict=True):
            upsert(connection, table(name), [row])
        upsert(connection, table("benchmark_series"), [series | {"series_id": 2}])
    for first in ([1, 2, 3], [2, 4, 5], [6, 7, 2]):
        written = [series | {"series_id": number, "environment_key": str(first)} for number in first]
        with writing(engine).begin() as connection:
            assert upsert(connection, table("benchmark_series"), written) == 3
        told = {row["series_id"]: row["environment_key"] for row in held(engine, "benchmark_series")}
        assert {told[number] for number in first} == {str(first)}
    assert sorted(told) == [1, 2, 3, 4, 5, 6, 7]
