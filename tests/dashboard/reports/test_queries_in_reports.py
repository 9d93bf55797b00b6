"""Queries of a report: asked by the safe path when the issue is made, and shown in every form."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Engine

from dashboard.reports import forms, kept
from dashboard.reports.digest import Digest, preview
from dashboard.reports.plain import COLUMNS
from dashboard.site import Site
from db.adhoc.reader import lay

NUMBERS = (
    "SELECT period, value, CAST(value AS INTEGER) * 100 AS hundredfold FROM metric_values v "
    "JOIN scopes s ON s.scope_id = v.scope_id "
    "WHERE metric = 'stars' AND s.name = :scope AND v.grain = :grain AND period <= :last ORDER BY period DESC"
)


def digest_with(engine: Engine, made_weeks: ModuleType, *queries: object) -> Digest:
    made_weeks.fill(engine)
    if engine.dialect.name == "postgresql":
        assert lay(engine).lacking == ()
    settings = made_weeks.Settings(Path("unused"), queries=queries)
    return preview(engine, settings, "project", Site(engine), made_weeks.NOW)


def test_the_rows_stand_in_every_form_with_the_issues_own_scope_and_days(
    engine: Engine, made_weeks: ModuleType
) -> None:
    told = digest_with(engine, made_weeks, made_weeks.Query("Stars, week by week", sql=NUMBERS, rows=3))
    content = kept.content_of(told.content, told.html)
    (asked,) = content.queries
    stars = [150_000 + 20 * days for days in range(896, 0, -7)][:3]
    assert asked.head == ("period", "value", "hundredfold")
    assert asked.rows == tuple(
        (day, f"{value:,}", f"{100 * value:,}")
        for day, value in zip(("2026-06-15", "2026-06-08", "2026-06-01"), stars, strict=True)
    )
    assert asked.numbers == (False, True, True)
    assert asked.note == "The first 3 rows."
    assert kept.as_json(content) == told.content
    markdown = forms.from_content(content, "md").decode()
    assert "## Stars, week by week\n\n| period | value | hundredfold |\n|---|---:|---:|\n" in markdown
    assert "| 2026-06-15 | 167,920 | 16,792,000 |" in markdown
    assert "STARS, WEEK BY WEEK\n===" in told.text
    assert "2026-06-08  167,780   16,778,000" in told.text
    assert "Stars, week by week</h2>" in told.html
    assert '<td align="right">16,764,000</td>' in told.html
    assert forms.from_content(content, "pdf").startswith(b"%PDF-1.")
    assert max(map(len, told.text.splitlines())) <= COLUMNS or "https://" in told.text


def test_a_stored_query_and_one_from_a_file_are_asked_with_their_parameters(
    sqlite_engine: Engine, made_weeks: ModuleType, tmp_path: Path
) -> None:
    file = tmp_path / "roles.sql"
    file.write_text("SELECT full_name AS name FROM repositories WHERE full_name <> :other ORDER BY 1")
    told = digest_with(
        sqlite_engine,
        made_weeks,
        made_weeks.Query(
            "Yearly", query="numbers_of_a_metric", parameters={"metric": "stars", "grain": "year"}
        ),
        made_weeks.Query("Where", file=file, parameters={"other": "other/one"}),
    )
    yearly, where = kept.content_of(told.content, told.html).queries
    assert yearly.failed == ""
    assert [row[0][:4] for row in yearly.rows] == ["2024", "2025", "2026"]
    assert where.rows == (("tensorflow/tensorflow",),)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"sql": "DELETE FROM repositories"}, "only SELECT is allowed"),
        ({"sql": "SELECT holder FROM leases"}, "leases is private"),
        ({"sql": "SELECT :what"}, ":what has no value"),
        ({"file": Path("gone.sql")}, "gone.sql: cannot be read (No such file or directory)"),
        ({"query": "nothing_of_that_name"}, "there is no stored query"),
    ],
)
def test_a_query_that_cannot_be_asked_keeps_no_issue_back_and_says_why(
    sqlite_engine: Engine, made_weeks: ModuleType, asked: dict[str, object], words: str
) -> None:
    whole = made_weeks.Query("Roles", sql="SELECT 1 AS one")
    told = digest_with(sqlite_engine, made_weeks, made_weeks.Query("It fails", **asked), whole)
    failed, answered = kept.content_of(told.content, told.html).queries
    assert failed.failed.startswith("It could not be asked: ")
    assert words in failed.failed
    assert answered.rows == (("1",),)
    for form in (told.html, told.text):
        assert "It could not be asked" in form


def test_values_are_words_whatever_they_hold(sqlite_engine: Engine, made_weeks: ModuleType) -> None:
    hostile = (
        "SELECT '<script>alert(1)</script>' AS \"<b>a\", 'x|y' AS b, NULL AS c, 2024 AS year, 0.123456 AS d, "
        "'one' || char(10) || 'two' AS e, x'00ff' AS f, 1234567.0 AS g, 'left out' AS h"
    )
    told = digest_with(sqlite_engine, made_weeks, made_weeks.Query("What | <i>is</i>", sql=hostile))
    (asked,) = kept.content_of(told.content, told.html).queries
    assert asked.rows == (
        ("<script>alert(1)</script>", "x|y", "—", "2024", "0.123", "one two", "00ff", "1,234,567"),
    )
    assert asked.note == "1 column is left out."
    assert "<script>alert" not in told.html
    markdown = forms.from_content(kept.content_of(told.content, told.html), "md").decode()
    assert "x\\|y" in markdown


@pytest.mark.postgresql
def test_what_is_no_number_keeps_no_issue_back(postgresql_engine: Engine, made_weeks: ModuleType) -> None:
    query = made_weeks.Query(
        "Odd", sql="SELECT CAST('NaN' AS double precision) AS a, CAST('inf' AS double precision) AS b"
    )
    told = digest_with(postgresql_engine, made_weeks, query)
    (asked,) = kept.content_of(told.content, told.html).queries
    assert asked.failed == ""
    assert asked.rows == (("nan", "inf"),)


def test_without_rows_it_says_so(sqlite_engine: Engine, made_weeks: ModuleType) -> None:
    told = digest_with(sqlite_engine, made_weeks, made_weeks.Query("None", sql="SELECT 1 AS a WHERE 1 = 0"))
    assert "No rows: nothing matches it." in told.text
