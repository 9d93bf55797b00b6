"""Which of any number of schedulers leads: a lease in the database, and a fence before every commit."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, select, text

from db import leases
from db.engine import writing
from db.schema import table

log = logging.getLogger(__name__)

NAME = "scheduler"
#: How long another host waits for a leader that does not answer any more.
DURATION = timedelta(seconds=60)
#: How often the leader renews its lease, and the others ask for it, in seconds.
ASKED_EVERY = 10.0


def clock_of(connection: Connection, here: Callable[[], datetime]) -> datetime:
    """The instant that leases are counted by: the server's, where several hosts meet; else this machine's."""
    if connection.dialect.name != "postgresql":
        return here()
    told: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return told.astimezone(UTC)


class Leadership:
    """This process' candidature. Nothing is committed over its engine but while it leads.

    The leader of before, slow or cut off rather than dead, meets the fence at its next commit
    (`db.leases.LeaseLost`): whatever its clock says, two never write at once.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = writing(engine).execution_options(**{leases.UNFENCED: True})
        self._clock = clock
        self._lease: leases.Lease | None = None
        leases.fence(engine, lambda: self._lease)

    @property
    def leads(self) -> bool:
        """Whether this process led when it last asked."""
        return self._lease is not None

    def ask(self) -> bool:
        """Renew the lease or take it when it is free; whether this process leads now.

        What the leader before had of other leases is free then: it can write no more.
        """
        with self._engine.begin() as connection:
            now = clock_of(connection, self._clock)
            if self._lease is not None and leases.renew(connection, self._lease, now):
                return True
            former = _held_by(connection)
            lease = leases.take(connection, NAME, now, DURATION)
            if lease is not None and former and not former.startswith(leases.process_name()):
                leases.free_those_of(connection, former.rpartition(":")[0], now)
        if self._lease is not None:
            leases.abandon(self._lease)
        self._lease = lease
        return lease is not None

    def give_back(self) -> None:
        """Let another one lead at once."""
        lease, self._lease = self._lease, None
        if lease is not None:
            leases.abandon(lease)
            with self._engine.begin() as connection:
                leases.release(connection, lease, clock_of(connection, self._clock))


def leader(connection: Connection, here: Callable[[], datetime]) -> str | None:
    """Host and process of the scheduler that leads; None when there is none."""
    held = table("leases").c
    row = connection.execute(select(held.holder, held.expires_at).where(held.name == NAME)).one_or_none()
    if row is None or row.expires_at <= clock_of(connection, here) or leases.is_over(row.holder):
        return None
    host, process, *_ = row.holder.split(":")
    return f"process {process} on {host}"


def _held_by(connection: Connection) -> str:
    held = table("leases").c
    return str(connection.execute(select(held.holder).where(held.name == NAME)).scalar_one_or_none() or "")
