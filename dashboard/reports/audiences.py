"""What whom reads of an issue, and in which order: maintainers, a programme office, executives, everybody."""

from __future__ import annotations

from typing import Final

EVERYBODY: Final = "everybody"
#: Parts of an issue below its headline, in the order in which whoever is not named reads them.
PARTS: Final = ("goals", "changes", "thanks", "waiting", "benchmarks", "queries", "trust", "numbers")
#: Who reads in an order of their own, or only a part.
READERS: Final[dict[str, tuple[str, ...]]] = {
    EVERYBODY: PARTS,
    "maintainers": (
        *("waiting", "benchmarks", "changes", "thanks", "queries"),
        *("goals", "trust", "numbers"),
    ),
    "programme-office": ("goals", "thanks", "changes", "queries", "trust", "numbers"),
    "executives": ("goals",),
}


def reader_of(audience: str, reads: str = "") -> str:
    """As whom a group reads: what the configuration says, else by the group's own name, else as everybody."""
    return reads or (audience if audience in READERS else EVERYBODY)
