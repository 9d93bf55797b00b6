"""What was measured, as rows of one table: figure, limit, and how it stands to the peer's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One figure in a unit; `limit` and `peer` (the same of the peer) where there are such."""

    what: str
    value: float
    unit: str
    limit: float | None = None
    peer: float | None = None

    @property
    def missed(self) -> bool:
        """Whether it is above its limit."""
        return self.limit is not None and self.value > self.limit

    @property
    def row(self) -> str:
        """Its row of the table."""
        limit = "–" if self.limit is None else written(self.limit, self.unit)
        state = "" if self.limit is None else "MISSED" if self.missed else "kept"
        peer = "–" if self.peer is None else written(self.peer, self.unit)
        ratio = f"{self.value / self.peer:.2f}" if self.peer else "–"
        return f"{self.what:58}{written(self.value, self.unit):>12}{limit:>12}  {state:8}{peer:>12}{ratio:>8}"


def written(value: float, unit: str) -> str:
    """A value with its unit, as short as it can be told."""
    if unit == "ms":
        return f"{value:,.0f} ms"
    if unit == "bytes":
        return f"{value / 1e6:.2f} MB" if value >= 1e6 else f"{value / 1e3:,.1f} kB"
    return f"{value:,.0f} {unit}".rstrip()


def table(figures: Sequence[Figure], peer: str) -> str:
    """The table of all figures; `peer` names what stands beside."""
    head = f"{'figure':58}{'measured':>12}{'limit':>12}  {'':8}{peer:>12}{'ratio':>8}"
    return "\n".join([head, "-" * len(head), *(figure.row for figure in figures)])


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0
