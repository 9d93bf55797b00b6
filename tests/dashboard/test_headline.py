"""The sentence of the period is true for whatever the data is, and silent where a year is not held."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard.headline import headline, pooled_share, summed
from dashboard.periods import moved
from dashboard.rows import Value

FIRST = date(2021, 1, 1)


def monthly(values: list[float], sizes: list[int] | None = None) -> list[Value]:
    return [
        Value(moved(FIRST, "month", place), "all", value, sizes[place] if sizes else 100, True)
        for place, value in enumerate(values)
    ]


def sentence(shares: list[Value], newcomers: list[Value], until: date | None = None) -> str | None:
    told = headline(
        shares=shares,
        unit="share of commits",
        newcomers=newcomers,
        subject="TensorFlow",
        steward="Google",
        until=until,
    )
    return None if told is None else "".join(part.text for part in told)


def test_a_falling_share_over_two_years_kept_losing_ground() -> None:
    shares = monthly([0.4] * 12 + [0.3] * 12 + [0.2] * 12)
    assert sentence(shares, monthly([10.0] * 36)) == (
        "Outside work on TensorFlow kept losing ground: 20% of the year’s commits came from outside Google, "
        "after 30% the year before, and 120 people contributed for the first time, as many as the year "
        "before (12 months to Dec 2023)."
    )


def test_a_share_that_hardly_moved_held_its_ground() -> None:
    told = sentence(monthly([0.300] * 12 + [0.304] * 12), [])
    assert told is not None
    assert "held its ground" in told
    assert "contributed" not in told


def test_newcomers_alone_make_a_sentence_of_their_own() -> None:
    told = sentence([], monthly([10.0] * 12 + [5.0] * 12))
    assert (
        told
        == "60 people contributed for the first time, 50% fewer than the year before (12 months to Dec 2022)."
    )


def test_without_a_whole_year_nothing_is_claimed() -> None:
    assert sentence(monthly([0.3] * 11), monthly([1.0] * 11)) is None
    assert sentence([], []) is None


def test_a_month_that_is_missing_or_not_over_does_not_count_as_zero() -> None:
    rows = monthly([10.0] * 12)
    assert summed(rows[:5] + rows[6:], rows[-1].period) is None
    running = [*rows[:-1], rows[-1]._replace(complete=False)]
    assert summed(running, rows[-1].period) is None


def test_a_years_share_is_the_ratio_of_the_sums() -> None:
    outside, total = [1, 5, 9] * 4, [10, 10, 90] * 4
    shares = monthly([a / b for a, b in zip(outside, total, strict=True)], total)
    assert pooled_share(shares, shares[-1].period) == pytest.approx(sum(outside) / sum(total))


def test_the_sentence_ends_with_the_period_of_the_view() -> None:
    told = sentence(monthly([0.2] * 30), [], until=date(2022, 6, 30))
    assert told is not None
    assert told.endswith("(12 months to Jun 2022).")


def test_a_month_with_commits_and_no_row_of_newcomers_had_none() -> None:
    newcomers = [row for row in monthly([2.0] * 24) if row.period.month != 6]
    told = sentence(monthly([0.3] * 24), newcomers)
    assert told is not None
    assert "22 people contributed for the first time, as many as the year before" in told
    assert "contributed" not in (sentence([], newcomers) or "")
