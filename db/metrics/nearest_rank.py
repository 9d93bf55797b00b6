"""SQLite's QUANTILE, which PostgreSQL has as PERCENTILE_DISC; imports Python alone, for strangers' SQL."""

from __future__ import annotations

import math


class NearestRank:
    """SQLite's QUANTILE: collects a group's values and gives the one at rank ⌈q·n⌉."""

    def __init__(self) -> None:
        self._values: list[float] = []
        self._share = 0.5

    def step(self, value: float | None, share: float) -> None:
        """Takes one value; NULL counts for nothing."""
        if value is not None:
            self._values.append(value)
        self._share = share

    def finalize(self) -> float | None:
        """The quantile, or NULL of no values."""
        if not self._values:
            return None
        self._values.sort()
        return self._values[max(math.ceil(self._share * len(self._values)), 1) - 1]
