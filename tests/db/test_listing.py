"""Lists hold what their conditions say, in the order asked for, on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from db.listing import Condition, Field, Kind, Part, Source, every_row, read_list
from db.schema import table

SCOPES = Kind(
    ("scope_id",),
    "JOIN scopes s ON s.scope_id = b.scope_id",
    "LEFT JOIN scope_repositories m ON m.scope_id = b.scope_id",
    (
        Field("name", "s.name", "text", "The name."),
        Field("position", "s.position", "whole", "Its place."),
        Field("seen", "b.seen", "day", "A day that comes with the keys."),
        Field("member", "m.repository_id", "whole", "None has any.", sortable=False),
    ),
    "name",
    carried=("seen",),
)
NAMES = ("50% more", "50 more", "Back\\slash", "PLAIN", "under_score", "underXscore", "Ärger")


@pytest.fixture
def held(engine: Engine) -> Engine:
    """A scope of each name, in that order."""
    rows = [
        {"scope_id": place + 1, "name": name, "kind": "role", "title": name, "position": place}
        for place, name in enumerate(NAMES)
    ]
    with engine.begin() as connection:
        connection.execute(table("scopes").insert(), rows)
    return engine


def listed(engine: Engine, *conditions: Condition, **part: Any) -> list[str]:
    """The names that are listed; read at once and one by one they are the same."""
    day = "'2024-02-29'" if engine.dialect.name == "sqlite" else "DATE '2024-02-29'"
    source = Source(f"SELECT scope_id, {day} AS seen FROM scopes WHERE position >= :low", {"low": 0})
    asked = Part(conditions=conditions, **{"order": "position", **part})
    with engine.connect() as connection:
        found = read_list(connection, SCOPES, source, asked)
        assert list(every_row(connection, SCOPES, source, asked)) == list(found.rows)
    assert all(row["seen"] == date(2024, 2, 29) for row in found.rows)
    return [row["name"] for row in found.rows]


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("plain", ["PLAIN"]),
        ("PLAIN", ["PLAIN"]),
        ("%", ["50% more"]),
        ("_", ["under_score"]),
        ("\\", ["Back\\slash"]),
        ("Ärg", ["Ärger"]),
        ("UNDER", ["under_score", "underXscore"]),
        ("'; DROP TABLE scopes; --", []),
    ],
)
def test_letters_that_a_text_contains_stand_for_themselves(
    held: Engine, letters: str, expected: list[str]
) -> None:
    assert listed(held, Condition("name", "has", letters)) == expected


def test_all_conditions_have_to_hold(held: Engine) -> None:
    assert listed(held) == list(NAMES)
    assert listed(held, Condition("name", "is", ("PLAIN", "50 more", "nobody"))) == ["50 more", "PLAIN"]
    between = Condition("position", "min", 2), Condition("position", "max", 4)
    assert listed(held, *between) == list(NAMES[2:5])
    assert listed(held, *between, Condition("name", "has", "s")) == ["Back\\slash", "under_score"]
    assert listed(held, Condition("seen", "min", date(2024, 2, 29))) == list(NAMES)
    assert listed(held, Condition("seen", "max", date(2024, 2, 28))) == []
    # A column that comes with the shown page alone.
    assert listed(held, Condition("member", "min", 0)) == []


def test_pages_follow_each_other_and_know_how_many_rows_there_are(held: Engine) -> None:
    pages = [listed(held, order="-position", limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert [name for page in pages for name in page] == list(reversed(NAMES))
    source = Source("SELECT scope_id, NULL AS seen FROM scopes")
    with held.connect() as connection:
        beyond = read_list(connection, SCOPES, source, Part(limit=3, offset=99))
        assert (beyond.count, beyond.rows) == (len(NAMES), ())


def test_what_the_kind_does_not_have_is_refused(held: Engine) -> None:
    with pytest.raises(ValueError, match="not sorted by 'member'"):
        listed(held, order="member")
    with pytest.raises(ValueError, match="no column 'password'"):
        listed(held, Condition("password", "has", "x"))
    with pytest.raises(ValueError, match="not chosen by min of name"):
        listed(held, Condition("name", "min", 3))
