"""What a reconciliation has found so far: its cursor, and in the end its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field
from datetime import datetime
from typing import Any, Literal

from collector.github.reconciliation.held import COLLECTED_BY, Held
from collector.github.reconciliation.totals import Totals

Kind = Literal["missing", "outdated", "gone"]
KINDS: tuple[Kind, ...] = ("missing", "outdated", "gone")


@dataclass(frozen=True)
class Difference:
    """An item to fetch by its node id, and what the tally calls it; news are no difference to tell of."""

    node_id: str
    subject: str
    kind: Kind | None = None


@dataclass
class Tally:
    """What was held when it began, how many differences were found, and how far the search has come.

    `waiting` holds, by table, what is to be fetched: few at a time would cost as much as many.
    `searched` names the states whose pull requests were listed: none is listed twice.
    """

    before: dict[str, int] = field(default_factory=dict)
    found: dict[str, dict[str, int]] = field(default_factory=dict)
    search: dict[str, Any] | None = None
    waiting: dict[str, list[Difference]] = field(default_factory=dict)
    searched: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, cursor: Mapping[str, Any]) -> Tally:
        """The tally of a run that was cut off; an empty one otherwise."""
        waiting = {
            name: [Difference(*each) for each in differences]
            for name, differences in (cursor.get("waiting") or {}).items()
        }
        searched = list(cursor.get("searched") or ())
        found = {subject: dict(kinds) for subject, kinds in (cursor.get("found") or {}).items()}
        return cls(dict(cursor.get("before") or {}), found, cursor.get("search"), waiting, searched)

    def cursor(self) -> dict[str, Any]:
        """What goes down with each page."""
        waiting = {name: [astuple(each) for each in held] for name, held in self.waiting.items()}
        return {
            "before": self.before,
            "found": self.found,
            "search": self.search,
            "waiting": waiting,
            "searched": self.searched,
        }

    def put(self, name: str, differences: Iterable[Difference]) -> None:
        """Differences of one table to fetch, each once."""
        held = self.waiting.setdefault(name, [])
        known = {each.node_id for each in held}
        held.extend(each for each in differences if each.node_id not in known)

    def note(self, kind: Kind, subject: str) -> None:
        """One more difference."""
        held = self.found.setdefault(subject, {})
        held[kind] = held.get(kind, 0) + 1

    def rows(self, repository_id: int, held: Held, totals: Totals, now: datetime) -> list[dict[str, Any]]:
        """Rows of `reconciliations`, one a subject that GitHub counted."""
        rows = []
        for subject, counted in totals.counts.items():
            found: dict[str, Any] = {kind: self.found.get(subject, {}).get(kind, 0) for kind in KINDS}
            rows.append(
                {
                    "repository_id": repository_id,
                    "subject": subject,
                    "state": self._state(subject, held, counted),
                    "held": held.counts[subject],
                    "counted": counted,
                    "held_before": self.before.get(subject, held.counts[subject]),
                    **found,
                    "checked_at": now,
                }
            )
        return rows

    def _state(self, subject: str, held: Held, counted: int) -> str:
        if COLLECTED_BY[subject] not in held.complete:
            return "incomplete"
        if held.counts[subject] != counted:
            return "differs"
        return "mended" if self.found.get(subject) else "equal"
