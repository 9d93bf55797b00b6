"""Whom an issue is for changes what it holds and what comes first; the words stay the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from dashboard.delivery.letter import issue_letter
from dashboard.reports import forms
from dashboard.reports.audiences import PARTS, READERS, reader_of
from dashboard.reports.digest import preview
from dashboard.site import Site

HEADINGS = {
    "goals": "The goals",
    "changes": "What changed most",
    "thanks": "Thanks to first-timers",
    "waiting": "Needs help",
    "benchmarks": "Benchmark news",
    "queries": "Roles",
    "trust": "How far to trust this",
    "numbers": "The numbers behind the pictures",
}


@pytest.fixture
def row(sqlite_engine: Engine, made_weeks: ModuleType) -> Any:
    """An issue as it is kept, with something in each of its parts."""
    made_weeks.fill(sqlite_engine, made_weeks.Story(simulated=True, commits={"steward": 400.0}))
    who = made_weeks.person(sqlite_engine, "Newcomer", "newcomer")
    made_weeks.works(sqlite_engine, who, made_weeks.WEEK)
    for number in range(3):
        made_weeks.opens(sqlite_engine, number + 1, who, 30 + number)
    made_weeks.threads(sqlite_engine)
    query = made_weeks.Query("Roles", sql="SELECT 1 AS one")
    settings = made_weeks.Settings(Path("unused"), queries=[query])
    made = preview(sqlite_engine, settings, "project", Site(sqlite_engine), made_weeks.NOW)
    return SimpleNamespace(report_id=7, **vars(made))


def headings(whole: str, ending: str) -> list[str]:
    """The headings of parts, in their order."""
    if ending == "html":
        return re.findall(r"<h2[^>]*>([^<]+)</h2>", whole)
    if ending == "md":
        return re.findall(r"^## (.+)$", whole, re.MULTILINE)
    return [found.capitalize() for found in re.findall(r"^([A-Z][A-Z -]+)\n=+$", whole, re.MULTILINE)]


@pytest.mark.parametrize("reader", READERS)
def test_each_reader_has_their_parts_in_their_order_in_every_form(row: Any, reader: str) -> None:
    for ending in ("html", "md", "txt"):
        whole = forms.written(row, ending, reader).decode()
        assert headings(whole, ending) == [HEADINGS[part] for part in READERS[reader]], ending
        assert "simulated data" in whole[: len(whole) // 2].casefold()
        assert row.headline.removeprefix("Simulated data: ") in " ".join(whole.split())
    assert forms.written(row, "pdf", reader).startswith(b"%PDF-1.")


def test_for_everybody_it_is_as_it_was_kept(row: Any) -> None:
    assert forms.written(row, "html").decode() == row.html
    assert forms.written(row, "txt").decode() == row.text
    assert READERS["everybody"] == PARTS
    whole = forms.from_content(_content(row), "html").decode()
    assert whole == row.html


def _content(row: Any) -> Any:
    from dashboard.reports import kept

    return kept.content_of(row.content, row.html)


def test_what_each_is_for_comes_first(row: Any) -> None:
    assert READERS["maintainers"][:2] == ("waiting", "benchmarks")
    assert READERS["programme-office"][:2] == ("goals", "thanks")
    assert READERS["executives"] == ("goals",)


def test_a_group_reads_by_its_name_or_as_the_configuration_says() -> None:
    assert reader_of("maintainers") == "maintainers"
    assert reader_of("steering") == "everybody"
    assert reader_of("steering", "executives") == "executives"
    assert reader_of("executives", "everybody") == "everybody"


@pytest.mark.parametrize(
    ("reader", "first"),
    [
        ("everybody", "Share of commits from outside: 30.1%"),
        ("maintainers", "3 issues and pull requests have been without an answer by a human for 14 days"),
        ("programme-office", "Share of commits from outside: 30.1%"),
        ("executives", "Share of commits from outside: 30.1%"),
    ],
)
def test_a_hook_tells_what_the_reader_reads_first(row: Any, reader: str, first: str) -> None:
    found = issue_letter(row, "https://here", "TensorFlow", "", [], reader)
    assert found.points[0].words.startswith(first)
    assert len(found.points) <= 4
    assert found.page == "https://here/reports/7" + ("" if reader == "everybody" else f"?for={reader}")


def test_an_issue_of_an_older_version_is_read_alike_by_everybody(row: Any) -> None:
    row.content = None
    assert forms.written(row, "html", "executives").decode() == row.html
    assert issue_letter(row, "", "TensorFlow", "", [], "maintainers").points[0].words.startswith("Commits: ")
    with pytest.raises(ValueError, match="older version"):
        forms.written(row, "pdf", "executives")


def test_what_is_written_keeps_lines_apart(row: Any, made_weeks: ModuleType) -> None:
    """No part runs into the next, and nothing is left empty."""
    for reader in READERS:
        text = forms.written(row, "txt", reader).decode()
        assert "\n\n\n\n" not in text
        assert all(before == "" for before in _lines_before_headings(text))


def _lines_before_headings(text: str) -> list[str]:
    lines = text.splitlines()
    rules: Callable[[int], bool] = lambda n: n > 1 and bool(re.fullmatch("=+", lines[n]))  # noqa: E731
    return [lines[number - 2] for number in range(len(lines)) if rules(number)]


def test_on_paper_a_metric_is_never_torn_and_leaves_no_empty_page(row: Any) -> None:
    """One metric more takes at most one page more, wherever the end of the page falls."""
    content = _content(row)
    goal = max(content.goals, key=lambda each: len(each.scores))
    score = replace(goal.scores[0], title="A title that is long enough to take two lines of its column " * 2)
    pages = []
    for count in range(4, 26):
        longer = replace(content, goals=[replace(goal, scores=[score] * count)])
        whole = forms.from_content(longer, "pdf", READERS["executives"])
        pages.append(len(re.findall(rb"/Type /Page\b", whole)))
    assert pages == sorted(pages)
    assert pages[-1] <= 4
    assert all(after - before <= 1 for before, after in pairwise(pages))
