"""Leases: who is at work on what, so that no two processes do the same at once."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from db.schema import table
from db.upsert import upsert

#: How long a lease lasts without being renewed; every committed page renews it. Cloning a large
#: repository takes many minutes without a page; the lease of a process that died is free at once.
DURATION = timedelta(minutes=30)


@dataclass(frozen=True)
class Lease:
    """A lease that is held: its name and the token that fences writes."""

    name: str
    holder: str
    token: int


def this_process() -> str:
    """A name for this process that no other has: host, process id and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def take(connection: Connection, name: str, now: datetime) -> Lease | None:
    """Take a lease, or return None when somebody else holds it.

    A lease is free when it has expired, or when its holder was a process of this
    machine that is no more (killed, say), so that a restart goes on at once.
    """
    leases = table("leases")
    held = connection.execute(select(leases).where(leases.c.name == name)).mappings().one_or_none()
    if held is not None and held["expires_at"] > now and not _gone(held["holder"]):
        return None
    lease = Lease(name, this_process(), (held["token"] if held else 0) + 1)
    row = {"name": name, "holder": lease.holder, "token": lease.token, "expires_at": now + DURATION}
    upsert(connection, leases, [row])
    return lease


def renew(connection: Connection, lease: Lease, now: datetime) -> bool:
    """Prolong a lease; False when it was taken over meanwhile, and nothing may be written under it."""
    leases = table("leases")
    renewed = connection.execute(
        leases.update()
        .where(leases.c.name == lease.name, leases.c.token == lease.token, leases.c.holder == lease.holder)
        .values(expires_at=now + DURATION)
    )
    return renewed.rowcount == 1


def release(connection: Connection, lease: Lease, now: datetime) -> None:
    """Give a lease back: it expires now, and its token stays, so that the next one is larger."""
    leases = table("leases")
    connection.execute(
        leases.update()
        .where(leases.c.name == lease.name, leases.c.token == lease.token, leases.c.holder == lease.holder)
        .values(expires_at=now)
    )


def _gone(holder: str) -> bool:
    host, _, rest = holder.partition(":")
    process = rest.partition(":")[0]
    if host != socket.gethostname() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
