"""The table of deliveries as a queue: each is put in once, claimed by one process at a time, and fenced."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from db.engine import writing
from db.leases import is_gone, this_process
from db.schema import stable_id, table

#: How long a claim lasts: longer than any sending takes, whose every wait is bounded.
LEASE = timedelta(minutes=10)
#: So many of those that are due are looked at for one that is free.
AT_ONCE = 200
#: After so many tries that failed for a while, a delivery is given up: about a day.
MOST_ATTEMPTS = 12
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)


@dataclass(frozen=True)
class Order:
    """Something for somebody, as it is put into the queue."""

    kind: str
    name: str
    scope: str
    audience: str
    channel: str
    recipient: str
    label: str
    due_at: datetime
    period: date | None = None
    report_id: int | None = None
    alert_id: int | None = None
    crossing: int = 0

    @property
    def delivery_id(self) -> int:
        """The same for the same thing, audience, channel and recipient: it is put in once."""
        about = self.period.isoformat() if self.period else f"{self.alert_id}/{self.crossing}"
        named = (self.kind, self.name, self.scope, about)
        return stable_id("delivery", *named, self.audience, self.channel, self.recipient)


@dataclass(frozen=True)
class Claimed:
    """A delivery that this process may send until `lease_until`, fenced by its token."""

    row: RowMapping
    token: int
    holder: str
    lease_until: datetime


@dataclass(frozen=True)
class Outcome:
    """How a try ended: `sent`, `later` (tried again), `failed` (for good), `unsubscribed` or `dropped`."""

    state: str
    error: str | None = None
    message_id: str | None = None
    wait: timedelta | None = None


def put_in(connection: Connection, orders: Iterable[Order], now: datetime) -> int:
    """Put in what is not there yet; returns how many that were. What was sent is never put in again."""
    held = table("deliveries")
    fresh = 0
    for order in orders:
        row = {name: getattr(order, name) for name in Order.__dataclass_fields__}
        row |= {
            "delivery_id": order.delivery_id,
            "state": "pending",
            "next_attempt_at": now,
            "updated_at": now,
        }
        insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        new = connection.execute(
            insert(held)
            .values(row)
            .on_conflict_do_nothing(index_elements=["delivery_id"])
            .returning(held.c.delivery_id)
        ).first()
        fresh += new is not None
    return fresh


def claim(engine: Engine, now: datetime) -> Claimed | None:
    """Claim the delivery that has waited longest, or None when nothing is due that nobody else sends.

    A claim whose lease is over, or whose holder was a process of this machine
    that is no more, is free: whether its message went out is not known, so that
    it goes out again with the same Message-ID.
    """
    held = table("deliveries")
    waiting = and_(held.c.state == "pending", held.c.next_attempt_at <= now)
    while True:
        with engine.connect() as connection:
            rows = connection.execute(
                select(held)
                .where(or_(waiting, held.c.state == "sending"))
                .order_by(held.c.next_attempt_at, held.c.due_at, held.c.period, held.c.delivery_id)
                .limit(AT_ONCE)
            )
            found = rows.mappings().all()
            row = next((each for each in found if each["state"] == "pending" or _free(each, now)), None)
        if row is None:
            return None
        claimed = Claimed(row, row["token"] + 1, this_process(), now + LEASE)
        with writing(engine).begin() as connection:
            taken = connection.execute(
                update(held)
                .where(
                    held.c.delivery_id == row["delivery_id"],
                    held.c.token == row["token"],
                    held.c.state == row["state"],
                )
                .values(
                    state="sending",
                    token=claimed.token,
                    holder=claimed.holder,
                    lease_until=claimed.lease_until,
                    attempts=held.c.attempts + 1,
                    updated_at=now,
                )
            ).rowcount
        if taken:
            return claimed


def still_held(engine: Engine, claimed: Claimed, now: datetime) -> bool:
    """Whether the claim is in force: asked at the last moment before a message is handed over."""
    held = table("deliveries")
    with engine.connect() as connection:
        token = connection.execute(
            select(held.c.token).where(
                held.c.delivery_id == claimed.row["delivery_id"], held.c.state == "sending"
            )
        ).scalar_one_or_none()
    return token == claimed.token and now < claimed.lease_until


def settle(engine: Engine, claimed: Claimed, outcome: Outcome, now: datetime, chance: random.Random) -> bool:
    """Write how it ended; False when the claim was lost meanwhile, and nothing was written."""
    held = table("deliveries")
    attempts = claimed.row["attempts"] + 1
    state = outcome.state
    values: dict[str, Any] = {"error": outcome.error, "message_id": outcome.message_id}
    if outcome.state == "later":
        state = "pending" if attempts < MOST_ATTEMPTS else "failed"
        values["next_attempt_at"] = now + pause(attempts, outcome.wait, chance)
    if state == "sent":
        values["sent_at"] = now
    with writing(engine).begin() as connection:
        written = connection.execute(
            update(held)
            .where(
                held.c.delivery_id == claimed.row["delivery_id"],
                held.c.token == claimed.token,
                held.c.state == "sending",
            )
            .values(state=state, holder=None, lease_until=None, updated_at=now, **values)
        ).rowcount
    return written == 1


def pause(attempts: int, asked: timedelta | None, chance: random.Random) -> timedelta:
    """How long to wait after so many tries: twice as long each time, moved by up to a quarter either way.

    What the other side asked for is waited for at least.
    """
    usual: timedelta = min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
    return max(usual * chance.uniform(0.75, 1.25), asked or timedelta())


def _free(row: RowMapping, now: datetime) -> bool:
    return row["lease_until"] is None or row["lease_until"] <= now or is_gone(row["holder"] or "")
