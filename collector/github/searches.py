"""Searches cut by ranges, so that each part has no more results than GitHub shows of one search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from math import ceil
from typing import Any

#: GitHub shows no more results of one search than this.
CAP = 1_000
#: A part that is over the cap is cut so that its pieces hold about so many.
AIMED_AT = 700
#: A part of which GitHub gave less than it counts is cut and asked for again so many times at most.
TRIES = 3
#: Qualifiers whose values are instants, held as seconds since 1970.
MOMENTS = ("created", "pushed")
STAMP = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Range:
    """Values of a qualifier from `low` to `high`, both included; a `high` of None has no end.

    `created` and `pushed` count in seconds since 1970, `stars` in stars, `size` in
    kilobytes of a repository or bytes of a file.
    """

    qualifier: str
    low: int
    high: int | None

    @property
    def text(self) -> str:
        """As GitHub's query has it; empty when nothing is left out by it."""
        if self.high is None:
            return f"{self.qualifier}:>={self.low}" if self.low else ""
        return f"{self.qualifier}:{self._value(self.low)}..{self._value(self.high)}"

    def _value(self, number: int) -> str:
        return f"{datetime.fromtimestamp(number, UTC):{STAMP}}" if self.qualifier in MOMENTS else str(number)

    def pieces(self, count: int) -> list[Range]:
        """Cut so that each holds few enough of `count` results; nothing when it is a single value.

        Time is cut evenly, as repositories are created evenly enough; sizes and stars by
        ratio, as small ones are common.
        """
        number = max(2, ceil(count / AIMED_AT))
        if self.high is None:
            last = max(2 * self.low, 1)
            edges = [self.low, *(last * 10**step for step in range(3)), None]
            return [
                replace(self, low=low, high=None if high is None else high - 1) for low, high in _pairs(edges)
            ]
        if self.qualifier in MOMENTS:
            length = self.high - self.low + 1
            cuts = {self.low + length * place // number for place in range(number)}
        else:
            ratio = (self.high + 1) / (self.low + 1)
            cuts = {self.low} | {
                max(self.low, min(self.high, round((self.low + 1) * ratio ** (place / number)) - 1))
                for place in range(1, number)
            }
        edges_of_pieces = [*sorted(cuts), self.high + 1]
        found = [replace(self, low=low, high=high - 1) for low, high in pairwise(edges_of_pieces)]
        if len(found) > 1:
            return found
        if self.low == self.high:
            return []
        middle = (self.low + self.high) // 2
        return [replace(self, high=middle), replace(self, low=middle + 1)]


def _pairs(edges: Sequence[int | None]) -> list[tuple[int, int | None]]:
    return [(low, high) for low, high in pairwise(edges) if low is not None]


@dataclass(frozen=True)
class Part:
    """A search for `what`, within ranges; what it finds is marked with `way`.

    `tries` counts how often a part that it was cut from was given incompletely.
    """

    way: str
    what: str
    ranges: tuple[Range, ...]
    tries: int = 0

    @property
    def search(self) -> str:
        """GitHub's query."""
        return " ".join([self.what, *(each.text for each in self.ranges if each.text)])

    def pieces(self, count: int) -> list[Part]:
        """The part cut along the first of its ranges that can be; nothing when none can."""
        for place, each in enumerate(self.ranges):
            cut = each.pieces(count)
            if cut:
                return [
                    replace(self, ranges=(*self.ranges[:place], piece, *self.ranges[place + 1 :]))
                    for piece in cut
                ]
        return []

    def once_more(self) -> list[Part]:
        """What to ask for in the place of a part that was given incompletely; nothing after some tries."""
        if self.tries >= TRIES:
            return []
        again = replace(self, tries=self.tries + 1)
        return again.pieces(0) or [again]

    def written(self) -> dict[str, Any]:
        """For a cursor."""
        ranges = [[each.qualifier, each.low, each.high] for each in self.ranges]
        return {"way": self.way, "what": self.what, "ranges": ranges, "tries": self.tries}

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Part:
        """From a cursor."""
        ranges = tuple(Range(*each) for each in written["ranges"])
        return cls(written["way"], written["what"], ranges, written["tries"])


def between(qualifier: str, start: datetime, end: datetime) -> Range:
    """The instants between two, in whole seconds."""
    return Range(qualifier, int(start.timestamp()), int(end.timestamp()))
