"""Leases: who is at work on what, so that no two processes do the same at once."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Engine, event, select
from sqlalchemy.dialects import postgresql

from db.errors import DatabaseError
from db.schema import table
from db.upsert import upsert

#: How long a lease lasts without being renewed; every committed page renews it. Cloning a large
#: repository takes many minutes without a page; the lease of a process that died is free at once.
DURATION = timedelta(minutes=30)
ENDED = "ended"
#: Under this option a connection may commit without the lease that its engine is fenced by.
UNFENCED = "flowmeter_unfenced"
#: Holders of this process that are at work: what a failure leaves in the database is nobody's.
_at_work: set[str] = set()


class LeaseLost(DatabaseError):
    """Somebody else holds the lease under which something was to be written; nothing of it was."""


@dataclass(frozen=True)
class Lease:
    """A lease that is held: its name, the token that fences writes, and how long it lasts unrenewed."""

    name: str
    holder: str
    token: int
    duration: timedelta = DURATION


def process_name() -> str:
    """A name for this process: host, process id and when it started."""
    own = os.getpid()
    return f"{socket.gethostname()}:{own}:{_started(own) or ''}"


def this_process() -> str:
    """A name for one piece of this process' work that no other has."""
    return f"{process_name()}:{secrets.token_hex(4)}"


def take(connection: Connection, name: str, now: datetime, duration: timedelta = DURATION) -> Lease | None:
    """Take a lease, or return None when somebody else holds it.

    A lease is free when it has expired, or when its holder was a process of this
    machine that is no more (killed, say), so that a restart goes on at once. One that
    expires later than any could that was renewed by now was renewed by a clock that
    was ahead, and is free as well: tokens, not clocks, keep two holders from writing.
    On SQLite the transaction has to be one that writes (see `db.engine.writing`).
    """
    leases = table("leases")
    if connection.dialect.name == "postgresql":
        # A row to lock, so that of two that take it at the same instant one waits for the other.
        nobody = {"name": name, "holder": "", "token": 0, "expires_at": now}
        connection.execute(postgresql.insert(leases).values(nobody).on_conflict_do_nothing())
    question = select(leases).where(leases.c.name == name).with_for_update()
    held = connection.execute(question).mappings().one_or_none()
    if held is not None and now < held["expires_at"] <= now + 2 * duration and not is_over(held["holder"]):
        return None
    lease = Lease(name, this_process(), (held["token"] if held else 0) + 1, duration)
    row = {"name": name, "holder": lease.holder, "token": lease.token, "expires_at": now + duration}
    upsert(connection, leases, [row])
    _at_work.add(lease.holder)
    return lease


def abandon(lease: Lease) -> None:
    """The work under a lease has ended, however: what the database still says of it holds nobody up here."""
    _at_work.discard(lease.holder)


def revoke(connection: Connection, lease: Lease, now: datetime) -> bool:
    """Take a lease away from its holder, who is stuck: it is free, and the holder can write no more.

    False when the holder has it no longer.
    """
    leases = table("leases")
    taken = connection.execute(
        leases.update().where(*_is(lease)).values(holder="", token=lease.token + 1, expires_at=now)
    )
    return taken.rowcount == 1


def free_those_of(connection: Connection, process: str, now: datetime) -> int:
    """Free every lease of a process that may write no more (see `process_name`); returns how many."""
    leases = table("leases")
    freed = connection.execute(
        leases.update()
        .where(leases.c.holder.startswith(f"{process}:", autoescape=True), leases.c.expires_at > now)
        .values(holder="", token=leases.c.token + 1, expires_at=now)
    )
    return freed.rowcount


def holds(connection: Connection, lease: Lease) -> bool:
    """Whether a lease is still held, and stays so until this transaction ends."""
    question = select(table("leases").c.token).where(*_is(lease)).with_for_update(read=True)
    return connection.execute(question).first() is not None


def fence(engine: Engine, held: Callable[[], Lease | None]) -> None:
    """Let nothing be committed over an engine but under a lease: `LeaseLost` is raised where it is not held.

    The lease is looked at within the transaction, so that nobody takes it over between the look
    and the commit. Connections with the option `UNFENCED` are left alone.
    """

    @event.listens_for(engine, "commit")
    def look(connection: Connection) -> None:
        if connection.get_execution_options().get(UNFENCED):
            return
        lease = held()
        if lease is None or not holds(connection, lease):
            raise LeaseLost(
                "another process has taken over",
                to=lease.name if lease else "the lease",
                next_step="Nothing to do: it goes on from the last page",
            )


def renew(connection: Connection, lease: Lease, now: datetime) -> bool:
    """Prolong a lease; False when it was taken over meanwhile, and nothing may be written under it."""
    renewed = connection.execute(
        table("leases").update().where(*_is(lease)).values(expires_at=now + lease.duration)
    )
    return renewed.rowcount == 1


def release(connection: Connection, lease: Lease, now: datetime) -> None:
    """Give a lease back: it expires now, and its token stays, so that the next one is larger."""
    connection.execute(table("leases").update().where(*_is(lease)).values(expires_at=now))
    abandon(lease)


def _is(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    leases = table("leases").c
    return (leases.name == lease.name, leases.token == lease.token, leases.holder == lease.holder)


def is_over(holder: str) -> bool:
    """Whether the holder of a lease has ended: its process, or its work in this one."""
    if holder.startswith(f"{process_name()}:"):
        return holder not in _at_work
    return is_gone(holder)


def is_gone(holder: str) -> bool:
    """Whether a holder was a process of this machine that has ended.

    A process id is given anew, and in a container that is started again it is the
    same each time: when the process started tells one from the other, where the
    system says it.
    """
    host, _, rest = holder.partition(":")
    process, _, rest = rest.partition(":")
    if host != socket.gethostname() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # somebody else's process has that id; whether it is the holder, its start tells
    started, now = rest.rpartition(":")[0], _started(int(process))
    return bool(now) and (now == ENDED or (bool(started) and started != now))


def _started(process: int) -> str | None:
    """When a process started, in the system's own count; ENDED for one that only waits to be buried.

    None where the system does not tell (it does on Linux).
    """
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    # The name, in brackets, may hold anything; state and start are the third and the 22nd of the fields.
    fields = told.rpartition(")")[2].split()
    return ENDED if fields[0] in ("Z", "X") else fields[19]
