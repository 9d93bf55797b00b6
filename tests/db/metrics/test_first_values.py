"""The first refresh writes all values at once, and leaves the tables as they were made."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from sqlalchemy import Engine, inspect, text

from db.metrics.refresh import refresh

FILLED = ("contributions", "person_totals", "organization_people", "person_periods", "metric_values")


def made(engine: Engine) -> dict[str, Any]:
    """Keys and indexes of the tables that a first refresh fills."""
    found = inspect(engine)
    return {
        name: (
            found.get_pk_constraint(name),
            found.get_foreign_keys(name),
            sorted(
                str({**index, "dialect_options": {k: str(v) for k, v in index["dialect_options"].items()}})
                for index in found.get_indexes(name)
            ),
        )
        for name in FILLED
    }


def test_keys_and_indexes_are_there_after_the_first_values(engine: Engine, community: ModuleType) -> None:
    community.made_up(seed=20170213, commits=40, requests=20).write(engine)
    before = made(engine)
    assert any(found[1] for found in before.values())
    refresh(engine, now=community.NOW)
    with engine.connect() as connection:
        for name in FILLED:
            assert connection.execute(text(f"SELECT COUNT(*) FROM {name}")).scalar_one() > 0
    assert made(engine) == before
