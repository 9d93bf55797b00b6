"""Each metric file gives the same values on SQLite, PostgreSQL, DuckDB and Spark, over the same rows."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from db.engine import writing
from db.lake.export import export
from db.lake.over import elsewhere
from db.metrics import dialects
from db.metrics.catalogue import read_catalogue
from db.metrics.column_copy import ColumnCopy
from db.metrics.columns import needed
from db.metrics.refresh import refresh
from db.schema import Record
from db.upsert import upsert

Values = dict[tuple[int, str, date, str], tuple[float, int]]
Answers = dict[str, Values]
CATALOGUE = read_catalogue()
NOW = datetime(2024, 2, 20, 9, 30, tzinfo=UTC)


@pytest.fixture
def facts(sqlite_engine: Engine, community: ModuleType) -> Engine:
    """A community with people and contributions, on SQLite."""
    community.made_up(seed=4, commits=220, requests=90).write(sqlite_engine)
    refresh(sqlite_engine, now=community.NOW, metrics=["commits"])
    return sqlite_engine


@pytest.fixture
def columns(facts: Engine) -> Iterator[ColumnCopy]:
    """The same rows in DuckDB."""
    with ColumnCopy(None, needed(CATALOGUE)) as copy:
        copy.update(facts)
        yield copy


def values(rows: Iterator[Any] | list[Any]) -> Values:
    """What a SELECT gives, in one shape for all engines; values that are NULL are none."""
    found: Values = {}
    for scope, grain, period, segment, value, size in rows:
        if value is not None:
            key = (int(scope), grain, date.fromisoformat(str(period)[:10]), segment)
            assert key not in found, f"two values for {key}"
            found[key] = (float(value), int(size))
    return found


def of_database(engine: Engine) -> Answers:
    """Every metric, computed by the database itself."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            dialects.register(connection.connection.driver_connection)  # type: ignore[arg-type]
        return {
            each.metric: values(
                connection.execute(text(each.written_for(engine.dialect.name).replace(":", "\\:"))).all()
            )
            for each in CATALOGUE
        }


def compare(found: Answers, expected: Answers, engine: str) -> None:
    """Equal values, ratios to nine digits."""
    assert found.keys() == expected.keys()
    for metric, by_key in expected.items():
        assert found[metric].keys() == by_key.keys(), f"{metric}: other values on {engine}"
        for key, (value, size) in by_key.items():
            there = found[metric][key]
            assert there[1] == size, f"{metric} {key}: another sample on {engine}"
            assert abs(there[0] - value) <= 1e-9 * max(1.0, abs(value)), (
                f"{metric} {key} on {engine}: {there}, {value}"
            )


@pytest.fixture
def expected(columns: ColumnCopy) -> Answers:
    """Every metric by DuckDB, which computes what pages show."""
    return {each.metric: values(columns.rows(each.written_for("duckdb"))) for each in CATALOGUE}


def test_sqlite_agrees_with_duckdb(facts: Engine, expected: Answers) -> None:
    compare(of_database(facts), expected, "SQLite")
    assert sum(map(len, expected.values())) > 10_000


def test_rows_in_any_order_give_the_same_to_the_last_digit(columns: ColumnCopy, expected: Answers) -> None:
    # Two refreshes of the same facts are compared row by row, and each reads its rows as they come.
    for order in range(2):
        for each in columns.tables:
            name = each.name
            columns.duck.execute(
                f"CREATE OR REPLACE TABLE {name} AS FROM {name} ORDER BY HASH(rowid, {order}), rowid"
            )
        found = {each.metric: values(columns.rows(each.written_for("duckdb"))) for each in CATALOGUE}
        assert [name for name, by_key in expected.items() if found[name] != by_key] == []


@pytest.mark.postgresql
def test_postgresql_agrees_with_duckdb(facts: Engine, expected: Answers, postgresql_engine: Engine) -> None:
    with facts.connect() as source, writing(postgresql_engine).begin() as target:
        for each in Record.metadata.sorted_tables:
            if each.name != "metric_values":
                upsert(target, each, [dict(row) for row in source.execute(select(each)).mappings()])
    compare(of_database(postgresql_engine), expected, "PostgreSQL")


#: Over so few rows planning is all the work: nothing is compiled that runs only once.
SPARK_DEFAULTS = """
spark.ui.enabled                    false
spark.sql.shuffle.partitions        1
spark.sql.adaptive.enabled          false
spark.sql.codegen.wholeStage        false
spark.sql.codegen.factoryMode       NO_CODEGEN
spark.driver.memory                 1g
spark.driver.extraJavaOptions       -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC
"""


def test_spark_over_a_lake_agrees_with_duckdb(
    facts: Engine, expected: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        if os.environ.get("CI"):
            pytest.fail("Spark needs Java 17: the gate may not skip it")
        pytest.skip("SKIPPED LOUDLY: Spark needs Java 17")
    settings = tmp_path / "settings"
    settings.mkdir()
    (settings / "spark-defaults.conf").write_text(
        f"{SPARK_DEFAULTS}spark.sql.warehouse.dir {tmp_path}/warehouse\n", encoding="utf-8"
    )
    monkeypatch.setenv("SPARK_CONF_DIR", str(settings))
    export(facts, tmp_path / "lake", now=NOW, private=True)
    with warnings.catch_warnings():
        # What Spark's own code says of itself is none of ours.
        warnings.simplefilter("ignore")
        found = {
            answer.metric: values(list(zip(*(lane.to_pylist() for lane in answer.rows.columns), strict=True)))
            for answer in elsewhere("local[2]", tmp_path / "lake")(facts, CATALOGUE)
        }
    compare(found, expected, "Spark")


def test_instants_and_days_that_no_engine_may_round_are_the_same_on_the_way_out(
    engine: Engine, community: ModuleType
) -> None:
    community.made_up(seed=4, commits=20, requests=12).write(engine)
    with ColumnCopy(None, needed(CATALOGUE)) as copy:
        copy.update(engine)
        for held, names in copy.tables.items():
            with engine.connect() as connection:
                rows = connection.execute(select(*(held.c[name] for name in names))).all()
            there = copy.rows(f"SELECT {', '.join(names)} FROM {held.name}")
            plain = [
                tuple(v.replace(tzinfo=None) if hasattr(v, "tzinfo") else v for v in row) for row in rows
            ]
            assert sorted(map(repr, there)) == sorted(map(repr, plain)), held.name
