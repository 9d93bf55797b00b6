"""The version of the data changes whenever numbers do, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import Engine

from db.changes import begin_refresh, distrust, note
from db.engine import writing
from db.metrics.version import data_version
from db.schema import table
from db.upsert import upsert


def sign(engine: Engine, moment: datetime, rows: int) -> None:
    """Leave what a refresh leaves at its end."""
    row = {
        "metric": "commits",
        "refreshed_at": moment,
        "facts_until": date(2024, 1, 31),
        "seconds": 0.1,
        "rows": rows,
    }
    with writing(engine).begin() as connection:
        upsert(connection, table("metric_refreshes"), [row])


def seen(engine: Engine) -> str:
    """The version that a reader finds."""
    with engine.connect() as connection:
        return data_version(connection)


def test_the_version_is_another_one_while_a_refresh_writes_and_after_it(engine: Engine) -> None:
    moment = datetime(2024, 2, 1, tzinfo=UTC)
    versions = [seen(engine)]
    sign(engine, moment, 10)
    versions.append(seen(engine))
    with writing(engine).begin() as connection:
        begin_refresh(connection, [])
    versions.append(seen(engine))
    # Within the same second, with as many values: the mark tells them apart.
    with writing(engine).begin() as connection:
        begin_refresh(connection, [])
    sign(engine, moment, 10)
    versions.append(seen(engine))
    sign(engine, datetime(2024, 2, 2, tzinfo=UTC), 10)
    versions.append(seen(engine))
    with writing(engine).begin() as connection:
        distrust(connection)
    versions.append(seen(engine))
    assert len(set(versions)) == len(versions)


def test_the_version_stays_while_only_facts_are_written(engine: Engine) -> None:
    sign(engine, datetime(2024, 2, 1, tzinfo=UTC), 10)
    before = seen(engine)
    day = date(2024, 2, 1)
    with writing(engine).begin() as connection:
        note(connection, "commits", [(1, day)])
    assert seen(engine) == before
