"""Metric files: what a header has to say, and what a SELECT may be."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from db.errors import DatabaseError
from db.metrics import dialects
from db.metrics.catalogue import read_catalogue, read_definition, write_catalogue

HEADER = """-- title: How many?
-- meaning: Commits,
--   counted.
-- unit: commits
-- direction: up
-- segments:
-- figure: line
-- source: nobody
-- leaves_out: Nothing
"""
SELECT = """SELECT s.scope_id, c.grain, c.period, 'all' AS segment, COUNT(*) AS value, COUNT(*) AS sample_size
FROM commits k
JOIN scope_repositories s ON s.repository_id = k.repository_id
JOIN calendar c ON c.day = k.day
GROUP BY s.scope_id, c.grain, c.period
"""


def written(folder: Path, content: str, name: str = "innovation/how_many.sql") -> Path:
    """A metric file with that content."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_a_file_is_read_with_continued_lines_and_what_may_be_left_out(tmp_path: Path) -> None:
    found = read_definition(written(tmp_path, HEADER + SELECT))
    assert (found.metric, found.goal, found.meaning) == ("how_many", "innovation", "Commits, counted.")
    assert (found.headline, found.coverage, found.segments) == ("all", "", "")
    assert found.sql == SELECT.strip()


@pytest.mark.parametrize(
    ("change", "to", "line", "says"),
    [
        ("-- unit: commits\n", "", 10, "lacks unit"),
        ("-- unit: commits", "-- unit:", 5, "unit is empty"),
        ("direction: up", "direction: sideways", 6, "up, down, neutral"),
        ("figure: line", "figure: pie", 8, "line, area, bar, stacked_bar, heat_map, funnel"),
        ("-- source: nobody", "-- sauce: nobody", 9, "'sauce' is no header entry"),
        ("-- source: nobody", "-- title: again", 9, "title is written twice"),
        ("-- source: nobody", "-- just a remark", 9, "is no header line"),
        (SELECT, "", 10, "no SELECT"),
        (SELECT, SELECT + ";\nSELECT 1", 11, "more or less than one SELECT"),
        (SELECT, "DELETE FROM commits", 11, "more or less than one SELECT"),
        (SELECT, "SELECT FROM WHERE", 11, "cannot be parsed"),
        ("'all' AS segment, ", "", 11, "Return exactly scope_id, grain, period, segment, value, sample_size"),
        ("c.period,", "DATE_TRUNC('month', k.day) AS period,", 11, "date function"),
        ("COUNT(*) AS value", "STRFTIME('%Y', k.day) AS value", 11, "function"),
        ("COUNT(*) AS value", "SUM(k.files) / COUNT(*) AS value", 11, "whole numbers"),
    ],
)
def test_a_wrong_file_is_refused_with_file_line_and_what_is_allowed(
    tmp_path: Path, change: str, to: str, line: int, says: str
) -> None:
    content = "-- headline: all\n" + HEADER + SELECT
    assert change in content
    path = written(tmp_path, content.replace(change, to, 1))
    with pytest.raises(DatabaseError) as raised:
        read_definition(path)
    assert raised.value.to == f"{path}:{line}"
    assert says in str(raised.value)


def test_a_file_without_a_header_or_in_no_goal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="no header"):
        read_definition(written(tmp_path, SELECT))
    with pytest.raises(DatabaseError, match="innovation, talent, research, cloud, ambition"):
        read_definition(written(tmp_path, HEADER + SELECT, "happiness/how_many.sql"))


def test_two_goals_cannot_share_a_name_and_coverage_names_a_metric(tmp_path: Path) -> None:
    written(tmp_path, HEADER + SELECT)
    other = written(tmp_path, HEADER + SELECT, "talent/how_many.sql")
    with pytest.raises(DatabaseError, match=r"taken by innovation/how_many\.sql"):
        read_catalogue(tmp_path)
    other.unlink()
    written(tmp_path, HEADER + "-- coverage: nothing_such\n" + SELECT, "talent/other.sql")
    with pytest.raises(DatabaseError, match="nothing_such"):
        read_catalogue(tmp_path)


def test_every_goal_has_three_metrics_and_the_ambition_two() -> None:
    goals = [definition.goal for definition in read_catalogue()]
    assert {goal: goals.count(goal) >= 3 for goal in ("innovation", "talent", "research", "cloud")} == {
        "innovation": True,
        "talent": True,
        "research": True,
        "cloud": True,
    }
    assert goals.count("ambition") >= 2


def test_every_metric_is_written_for_four_engines() -> None:
    for definition in read_catalogue():
        for dialect in dialects.DIALECTS:
            assert definition.written_for(dialect)
    with pytest.raises(ValueError, match="sqlite, postgresql, duckdb, spark"):
        definition.written_for("oracle")


def test_a_metric_whose_file_is_gone_leaves_nothing_behind(engine: Engine) -> None:
    catalogue = read_catalogue()
    with engine.begin() as connection:
        write_catalogue(connection, catalogue)
        write_catalogue(connection, catalogue[1:])
        held = set(connection.execute(text("SELECT metric FROM metric_definitions")).scalars())
    assert held == {definition.metric for definition in catalogue[1:]}


def test_own_functions_mean_the_same_on_both_databases(engine: Engine) -> None:
    sql = dialects.written_for(
        "SELECT QUANTILE(t.x, 0.5) AS median, QUANTILE(t.x, 0.9) AS high, QUANTILE(t.empty, 0.5) AS none, "
        "MAX(DAYS_BETWEEN(c.period, c.period_end)) AS days "
        "FROM (SELECT 4 AS x, CAST(NULL AS INTEGER) AS empty UNION ALL SELECT 1, NULL UNION ALL "
        "SELECT 3, NULL UNION ALL SELECT 2, NULL UNION ALL SELECT NULL, NULL) t "
        "CROSS JOIN calendar c",
        engine.dialect.name,
    )
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            dialects.register(connection.connection.driver_connection)  # type: ignore[arg-type]
        connection.execute(
            text(
                "INSERT INTO calendar (day, grain, period, period_end) "
                "VALUES ('2024-02-05', 'month', '2024-02-01', '2024-02-29')"
            )
        )
        row = connection.execute(text(sql)).one()
    assert tuple(row) == (2, 4, None, 28)
