"""Stored queries answer what they say, the same on both databases; so may every metric's SQL be asked."""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas
import pytest
from sqlalchemy import Connection, Engine, create_engine, make_url, text

from db.adhoc.asked import asked
from db.adhoc.query import run
from db.adhoc.stored import GOALS, read_stored
from db.engine import connect, writing
from db.errors import DatabaseError
from db.metrics.refresh import refresh
from db.schema import Record
from tests.db.adhoc.stored_oracles import ORACLES

TABLES = (
    *(
        "scopes",
        "scope_repositories",
        "repositories",
        "contributions",
        "pull_requests",
        "reviews",
        "comments",
    ),
    *("identities", "people", "organizations", "use_cases", "first_issues", "paper_mentions", "papers"),
    *("proposals", "metric_values"),
)


def _community() -> ModuleType:
    path = Path(__file__).parents[1] / "metrics" / "community.py"
    specification = importlib.util.spec_from_file_location("community_of_stored_queries", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def both(
    postgresql_url: str, postgresql_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Engine]]:
    """The same made-up community on SQLite and on PostgreSQL."""
    community = _community()
    light = connect(f"sqlite:///{tmp_path_factory.mktemp('stored')}/stored.db")
    Record.metadata.create_all(light)
    admin = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS stored WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE stored TEMPLATE {postgresql_template}"))
    heavy = connect(make_url(postgresql_url).set(database="stored"))
    for engine in (light, heavy):
        community.made_up(seed=20170213).write(engine)
        with writing(engine).begin() as connection:
            connection.execute(text("UPDATE repositories SET stars = LENGTH(full_name) * 10, forks = 3"))
        refresh(engine, now=community.NOW)
    yield light, heavy
    light.dispose()
    heavy.dispose()
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE stored WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="module")
def held(both: tuple[Engine, Engine]) -> dict[str, pandas.DataFrame]:
    """The tables as they are."""
    with both[0].connect() as connection:
        return {name: _frame(connection, name) for name in TABLES}


def _frame(connection: Connection, name: str) -> pandas.DataFrame:
    rows = [dict(row) for row in connection.execute(text(f'SELECT * FROM "{name}"')).mappings()]
    # Numbers of accounts are longer than a float can tell apart, also where some are lacking.
    found = pandas.DataFrame(rows, dtype=object)
    return found if name in ("pull_requests", "reviews", "comments") else found.infer_objects()


def _alike(value: Any) -> Any:
    """Truths as numbers, and what is lacking as nothing: the databases and pandas write them differently."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str):
        return value.replace("T", " ")[:19]
    return pytest.approx(float(value), rel=1e-9)


@pytest.mark.parametrize("name", list(read_stored()))
def test_a_stored_query_comes_to_the_same_on_both_databases_and_by_an_independent_computation(
    both: tuple[Engine, Engine], held: dict[str, pandas.DataFrame], name: str
) -> None:
    sql, values = asked(name, {})
    light, heavy = (run(engine, sql, parameters=values) for engine in both)
    assert light.columns == heavy.columns == [column for column, _ in read_stored()[name].columns]
    found = [list(map(_plain, row)) for row in light.rows]
    assert found == [list(map(_alike, row)) for row in heavy.rows]
    if name in ORACLES:
        expected = ORACLES[name](held)
        assert found == [list(map(_alike, row)) for row in expected]
        assert expected, "the made-up community has rows for it"


def _plain(value: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.replace("T", " ")[:19] if isinstance(value, str) else float(value)


def test_there_are_twenty_five_and_most_have_an_independent_computation() -> None:
    assert len(read_stored()) >= 25
    assert len(ORACLES) >= 20
    assert {each.goal for each in read_stored().values()} == set(GOALS)


def test_parameters_have_defaults_are_checked_and_change_the_answer(both: tuple[Engine, Engine]) -> None:
    for engine in both:
        sql, values = asked("commits_by_segment", {"since": "2019-01-01"})
        later = run(engine, sql, parameters=values).rows
        assert later
        assert all(row[0] >= "2019-01-01" for row in later)
    for given, words in (({"since": "soon"}, "is not a day"), ({"top": "1"}, "has no parameter :top")):
        with pytest.raises(DatabaseError, match=words):
            asked("commits_by_segment", given)
    with pytest.raises(DatabaseError, match="no stored query 'nothing'"):
        asked("nothing", {})


@pytest.mark.parametrize("which", [0, 1], ids=["sqlite", "postgresql"])
def test_the_sql_of_every_metric_may_be_asked(both: tuple[Engine, Engine], which: int) -> None:
    # Who is an intern or a student is private; such a metric's values are public all the same.
    with both[which].connect() as connection:
        metrics = connection.execute(text("SELECT metric, sql FROM metric_definitions")).all()
    refused = {}
    for metric, sql in metrics:
        try:
            run(both[which], sql, timeout=60)
        except DatabaseError as error:
            refused[metric] = str(error)
    assert {metric for metric, sql in metrics if "person_roles" in sql} == set(refused), refused
