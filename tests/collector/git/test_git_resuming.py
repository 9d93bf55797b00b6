"""Runs that are killed, that find more, and that find history rewritten, end with the rows that git has."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from collector.errors import CollectorError


def shas(rows: list[dict[str, Any]]) -> set[str]:
    return {row["sha"] for row in rows}


def test_killed_at_any_page_it_goes_on_to_the_same_rows(
    collector: Any, busy_history: Any, make_collector: Any, small_pages: None
) -> None:
    pages = len(collector.run())
    assert pages > 4
    undisturbed = collector.everything()
    for killed_after in range(pages):
        other = make_collector(busy_history.path)
        other.run(killed_after=killed_after)
        other.run()
        assert other.everything() == undisturbed, f"killed after {killed_after} pages"
        assert other.cursor == collector.cursor


def test_killed_at_every_page_it_ends_all_the_same(
    collector: Any, busy_history: Any, make_collector: Any, small_pages: None
) -> None:
    pages = len(collector.run())
    other = make_collector(busy_history.path)
    for _ in range(pages):
        other.run(killed_after=1)
    assert other.everything() == collector.everything()
    assert other.run() == []


def test_a_second_run_with_nothing_new_has_no_page(collector: Any, busy_history: Any) -> None:
    collector.run()
    assert collector.run() == []


def test_only_what_is_new_is_read(collector: Any, busy_history: Any, make_collector: Any) -> None:
    collector.run()
    busy_history.git("checkout", "-q", "-b", "late", "HEAD~2")
    late = busy_history.commit("Late", file="late.txt")
    busy_history.git("checkout", "-q", "main")
    merge = busy_history.merge("late")
    pages = collector.run()
    assert {row["sha"] for page in pages for row in page.rows["commits"]} == {late, merge}
    fresh = make_collector(busy_history.path)
    fresh.run()
    assert collector.everything() == fresh.everything()


def test_killed_while_reading_what_is_new_it_goes_on(
    collector: Any, busy_history: Any, make_collector: Any, small_pages: None
) -> None:
    collector.run()
    for number in range(10):
        busy_history.commit(f"New {number}")
    collector.run(killed_after=2)
    # More arrives before the next run: first the rest of what was begun, then that.
    for number in range(5):
        busy_history.commit(f"Newer {number}")
    collector.run()
    fresh = make_collector(busy_history.path)
    fresh.run()
    assert collector.everything() == fresh.everything()


def test_after_a_force_push_what_is_unreachable_is_gone(
    collector: Any, workshop: Any, make_collector: Any
) -> None:
    kept = [workshop.commit(f"Kept {number}") for number in range(3)]
    lost = [
        workshop.commit(
            f"Lost {number}\n\nhttps://arxiv.org/abs/1706.03762\n\nCo-authored-by: Bo <bo@two.example>"
        )
        for number in range(2)
    ]
    collector.run()
    assert shas(collector.rows("commit_coauthors")) == set(lost)
    workshop.git("reset", "-q", "--hard", kept[1])
    fresh = workshop.commit("Instead")
    collector.run()
    assert shas(collector.rows("commits")) == {kept[0], kept[1], fresh}
    assert collector.rows("commit_coauthors") == collector.rows("paper_mentions") == []


def test_a_branch_set_back_loses_its_newest_commits(collector: Any, workshop: Any) -> None:
    shas_made = [workshop.commit(f"{number}") for number in range(5)]
    collector.run()
    workshop.git("reset", "-q", "--hard", shas_made[2])
    collector.run()
    assert shas(collector.rows("commits")) == set(shas_made[:3])
    assert collector.run() == []


@pytest.mark.parametrize("killed", [False, True])
def test_when_the_old_head_is_thrown_away_all_is_read_anew(
    collector: Any, workshop: Any, small_pages: None, killed: bool
) -> None:
    kept = [workshop.commit(f"Kept {number}") for number in range(7)]
    workshop.commit("Lost\n\nCo-authored-by: Bo <bo@two.example>")
    collector.run(killed_after=2 if killed else None)
    workshop.git("reset", "-q", "--hard", kept[-1])
    fresh = workshop.commit("Instead")
    workshop.git("reflog", "expire", "--expire=now", "--all")
    workshop.git("gc", "-q", "--prune=now")
    collector.run(killed_after=1)
    collector.run()
    assert shas(collector.rows("commits")) == {*kept, fresh}
    assert collector.rows("commit_coauthors") == []


def test_wrong_clocks_do_not_remove_what_is_reachable(collector: Any, workshop: Any) -> None:
    # Dates that go backwards make `git rev-list OLD --not NEW` list commits too many.
    base = [workshop.commit(f"{n}", date=f"{1_600_000_000 - n * 86400} +0000") for n in range(12)]
    workshop.commit("Lost", date="1700000000 +0000")
    collector.run()
    workshop.git("reset", "-q", "--hard", base[-1])
    fresh = workshop.commit("Early", date="1000000000 +0000")
    collector.run()
    assert shas(collector.rows("commits")) == {*base, fresh}


def test_an_empty_repository_ends_well_and_is_read_once_it_has_commits(collector: Any, workshop: Any) -> None:
    pages = collector.run()
    assert [page.rows for page in pages] == [{}]
    sha = workshop.commit("First")
    collector.run()
    assert shas(collector.rows("commits")) == {sha}


def test_a_history_that_vanished_is_an_error_and_not_a_removal(collector: Any, workshop: Any) -> None:
    workshop.commit("First")
    collector.run()
    shutil.rmtree(workshop.path / ".git")
    workshop.git("init", "-q", "-b", "main")
    with pytest.raises(CollectorError, match="has no commits any more"):
        collector.run()
    assert len(collector.rows("commits")) == 1
