"""The period in one sentence: written from metric values by rules, silent where data is lacking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard import periods, wording
from dashboard.language import _, _n, mark
from dashboard.rows import Value

#: A share that moved by less, in percentage points, is said to have held.
STEADY = 0.5
MONTHS = 12
#: What is said of a share that moved up or down, and whether it did so the year before as well.
MOVES = {
    (1, False): mark("outside work on {subject} gained ground: "),
    (1, True): mark("outside work on {subject} kept gaining ground: "),
    (-1, False): mark("outside work on {subject} lost ground: "),
    (-1, True): mark("outside work on {subject} kept losing ground: "),
}
HELD = mark("outside work on {subject} held its ground: ")


@dataclass(frozen=True)
class Span:
    """A part of the sentence; the strong one is the figure that it is about."""

    text: str
    strong: bool = False


def pooled_share(rows: Sequence[Value], last: date, years_ago: int = 0) -> float | None:
    """A share over the twelve months that end with `last`: months weighed by what they are shares of.

    None unless all twelve months are held and over. Equals the ratio of the sums,
    because a ratio's sample size is its denominator.
    """
    held = _twelve(rows, last, years_ago)
    total = sum(row.sample_size for row in held)
    if len(held) < MONTHS or total == 0:
        return None
    return sum(row.value * row.sample_size for row in held) / total


def summed(rows: Sequence[Value], last: date, years_ago: int = 0) -> float | None:
    """A count over the twelve months that end with `last`; None unless all of them are held and over."""
    held = _twelve(rows, last, years_ago)
    return sum(row.value for row in held) if len(held) == MONTHS else None


def _twelve(rows: Sequence[Value], last: date, years_ago: int) -> list[Value]:
    first = periods.moved(last, "month", -MONTHS * years_ago - MONTHS + 1)
    end = periods.moved(last, "month", -MONTHS * years_ago)
    return [row for row in rows if row.complete and first <= row.period <= end]


def headline(
    *,
    shares: Sequence[Value],
    unit: str,
    newcomers: Sequence[Value],
    subject: str,
    steward: str,
    until: date | None,
) -> list[Span] | None:
    """The sentence for the newest twelve complete months, or None when a whole year is not held.

    `shares` is the outside share of commits by month (in `unit`), `newcomers`
    the contributors whose first ever contribution fell in the month; either may
    be empty, and then nothing is said of it.
    """
    share_months = [row.period for row in shares if row.complete and (until is None or row.period <= until)]
    new_months = [row.period for row in newcomers if row.complete and (until is None or row.period <= until)]
    last = max(share_months or new_months, default=None)
    if last is None:
        return None
    first_new = min(new_months, default=last)
    held = {row.period for row in newcomers}
    # Where commits are held and no newcomer is, nobody was new: such a month has no row.
    quiet = [Value(day, "all", 0.0, 0, True) for day in share_months if day > first_new and day not in held]
    newcomers = [*newcomers, *quiet]
    parts = [
        _outside(shares, unit, last, subject, steward),
        _newcomers(newcomers, last),
    ]
    said = [part for part in parts if part]
    if not said:
        return None
    sentence = said[0] if len(said) == 1 else [*said[0], Span(_(", and ")), *said[1]]
    first_words = sentence[0].text
    opened = Span(first_words[0].upper() + first_words[1:], sentence[0].strong)
    return [
        opened,
        *sentence[1:],
        Span(_(" (12 months to {month}).").format(month=periods.named(last, "month"))),
    ]


def _outside(shares: Sequence[Value], unit: str, last: date, subject: str, steward: str) -> list[Span]:
    now, before, earlier = (pooled_share(shares, last, years) for years in range(3))
    if now is None:
        return []
    figure = _("{share} of the year’s commits").format(share=wording.amount(now, unit))
    opening: list[Span] = []
    if before is not None:
        moved = _direction(wording.scaled(now, unit) - wording.scaled(before, unit))
        kept = (
            earlier is not None
            and moved != 0
            and _direction(wording.scaled(before, unit) - wording.scaled(earlier, unit)) == moved
        )
        opening = [Span(_(MOVES.get((moved, kept), HELD)).format(subject=subject))]
    came = _(" came from outside {steward}").format(steward=steward)
    told = [*opening, Span(figure, strong=True), Span(came)]
    if before is not None:
        told.append(Span(_(", after {share} the year before").format(share=wording.amount(before, unit))))
    return told


def _newcomers(newcomers: Sequence[Value], last: date) -> list[Span]:
    now, before = summed(newcomers, last), summed(newcomers, last, 1)
    if now is None:
        return []
    told = _n(
        "{count} person contributed for the first time",
        "{count} people contributed for the first time",
        now,
    ).format(count=wording.whole(now))
    if before:
        percent = round((now / before - 1) * 100)
        if percent == 0:
            told += _(", as many as the year before")
        elif percent > 0:
            told += _(", {percent}% more than the year before").format(percent=percent)
        else:
            told += _(", {percent}% fewer than the year before").format(percent=-percent)
    return [Span(told)]


def _direction(points: float) -> int:
    return 0 if abs(points) < STEADY else (1 if points > 0 else -1)
