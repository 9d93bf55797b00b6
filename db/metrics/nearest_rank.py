"""SQLite's QUANTILE, which PostgreSQL has as PERCENTILE_DISC; imports Python alone, for strangers' SQL."""

from __future__ import annotations

import math
from collections.abc import Callable


class NoShare(ValueError):
    """Where a quantile was asked for at what is no share of the values."""


class NearestRank:
    """SQLite's QUANTILE: collects a group's values and gives the one at rank ⌈q·n⌉."""

    def __init__(self) -> None:
        self._values: list[float | str | bytes] = []
        self._share = 0.5

    def step(self, value: float | str | bytes | None, share: float) -> None:
        """Takes one value; NULL counts for nothing. Raises `NoShare` unless the share is from 0 to 1."""
        if value is not None:
            self._values.append(value)
        if share != self._share:
            if not isinstance(share, int | float) or not 0 <= share <= 1:
                raise NoShare(repr(share) if share is not None else "NULL")
            self._share = share

    def finalize(self) -> float | str | bytes | None:
        """The quantile, or NULL of no values; values are in SQLite's order: numbers, texts, bytes."""
        if not self._values:
            return None
        try:
            self._values.sort()
        except TypeError:
            self._values.sort(key=_in_order)
        return self._values[max(math.ceil(self._share * len(self._values)), 1) - 1]


def _in_order(value: float | str | bytes) -> tuple[int, float | str | bytes]:
    return (2 if isinstance(value, bytes) else 1 if isinstance(value, str) else 0), value


def telling(told: Callable[[str], None]) -> type[NearestRank]:
    """The same, which also says at what it was asked: SQLite itself says nothing of a function's faults."""

    class Telling(NearestRank):
        def step(self, value: float | str | bytes | None, share: float) -> None:
            try:
                super().step(value, share)
            except NoShare as error:
                told(str(error))
                raise

    return Telling
