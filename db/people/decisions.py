"""What somebody decided about people by hand: kept in a table of its own, followed by every refresh."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, select

from db.errors import DatabaseError
from db.schema import stable_id, table
from db.schema.columns import BEGINNING_OF_TIME, END_OF_TIME
from db.upsert import upsert

DECISIONS = ("merge", "apart", "affiliate", "kind", "role")
SOURCES = ("manual", "map", "roster")
#: About pairs: the order of the two says nothing, and one of the two decisions takes the other's place.
PAIRS = ("merge", "apart")


@dataclass(frozen=True)
class Decision:
    """One decision: what, about whom, and why.

    `identity` and, for a pair, `value` are references as `db.people.seen` writes
    them; otherwise `value` is an organisation's name, a kind or a role. Days bound an
    affiliation and a role.
    """

    decision: str
    identity: str
    value: str
    why: str
    decided_at: datetime
    from_day: date = BEGINNING_OF_TIME
    to_day: date = END_OF_TIME
    source: str = "manual"

    @property
    def decision_id(self) -> int:
        """The id: a later decision about the same takes an earlier one's place."""
        if self.decision in PAIRS:
            return stable_id("pair", *sorted((self.identity, self.value)))
        if self.decision == "affiliate":
            return stable_id("affiliate", self.source, self.identity, self.from_day)
        if self.decision == "role":
            return stable_id("role", self.source, self.identity, self.value, self.from_day)
        return stable_id(self.decision, self.identity)


def read_decisions(connection: Connection) -> list[Decision]:
    """All decisions, the earliest first."""
    c = table("people_decisions").c
    rows = connection.execute(
        select(c.decision, c.identity, c.value, c.why, c.decided_at, c.from_day, c.to_day, c.source).order_by(
            c.decided_at, c.decision_id
        )
    )
    return [Decision(*row) for row in rows]


def record(connection: Connection, decisions: Iterable[Decision]) -> int:
    """Keep decisions; each takes the place of an earlier one about the same. Returns how many are new.

    One that is held already, or that is older than the one held, changes nothing.
    """
    held = {each.decision_id: each for each in read_decisions(connection)}
    fresh: dict[int, Decision] = {}
    for each in sorted(decisions, key=lambda each: each.decided_at):
        before = fresh.get(each.decision_id) or held.get(each.decision_id)
        if before is None or (before != each and before.decided_at <= each.decided_at):
            fresh[each.decision_id] = each
    upsert(
        connection,
        table("people_decisions"),
        [{"decision_id": number} | vars(each) for number, each in fresh.items()],
    )
    return len(fresh)


def remove(connection: Connection, decision_ids: Iterable[int]) -> Sequence[Decision]:
    """Take decisions back; returns them. Raises `DatabaseError` for an id that is not held."""
    held = {each.decision_id: each for each in read_decisions(connection)}
    taken = []
    decisions = table("people_decisions")
    for number in decision_ids:
        if number not in held:
            raise DatabaseError(
                "is no decision that is held",
                to=str(number),
                next_step="`flowmeter people decisions` lists them with their numbers",
            )
        connection.execute(delete(decisions).where(decisions.c.decision_id == number))
        taken.append(held[number])
    return taken
