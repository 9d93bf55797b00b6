"""Leases: who is at work on what, so that no two processes do the same at once."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, select

from db.schema import table
from db.upsert import upsert

#: How long a lease lasts without being renewed; every committed page renews it. Cloning a large
#: repository takes many minutes without a page; the lease of a process that died is free at once.
DURATION = timedelta(minutes=30)
ENDED = "ended"


@dataclass(frozen=True)
class Lease:
    """A lease that is held: its name and the token that fences writes."""

    name: str
    holder: str
    token: int


def this_process() -> str:
    """A name for this process that no other has: host, process id, when it started, and a random part."""
    own = os.getpid()
    return f"{socket.gethostname()}:{own}:{_started(own) or ''}:{secrets.token_hex(4)}"


def take(connection: Connection, name: str, now: datetime) -> Lease | None:
    """Take a lease, or return None when somebody else holds it.

    A lease is free when it has expired, or when its holder was a process of this
    machine that is no more (killed, say), so that a restart goes on at once.
    """
    leases = table("leases")
    held = connection.execute(select(leases).where(leases.c.name == name)).mappings().one_or_none()
    if held is not None and held["expires_at"] > now and not is_gone(held["holder"]):
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
