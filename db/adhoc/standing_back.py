"""Putting a process behind everybody else: only where the system allows it, and where that has an effect.

Linux shares processors among groups of processes first, and within each group afterwards. A process that
stands back in a group of its own stands back behind nobody: every session of PostgreSQL is such a group
where the system groups by sessions (autogroup), and so is a service or container with a share of its own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

#: Whether each session is a group of its own, where its processes are in no other.
AUTOGROUP: Final = Path("/proc/sys/kernel/sched_autogroup_enabled")
#: The least share that a group of its own can be given: 15 of 1024 parts.
LEAST: Final = b"19"
#: Where the groups of services and containers are told of, in both of their forms.
GROUPS: Final = Path("/sys/fs/cgroup")


def local_backend(login: Mapping[str, Any], session: int) -> int | None:
    """The process of a session of PostgreSQL, where its server runs on this machine; else None.

    A session's number says nothing of another machine, or of a container that counts its own
    processes: the process itself has to say whose session it is.
    """
    host = str(login.get("host") or "")
    if host and not host.startswith("/") and host not in ("localhost", "::1") and not host.startswith("127."):
        return None
    try:
        called = Path(f"/proc/{session}/cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return None
    whose = f" {login.get('user', '')} "
    return session if called.startswith("postgres: ") and whose in called else None


def put_back(number: int) -> bool:
    """Whether the process stands behind everybody else from now on; nothing brings it back from there."""
    if not hasattr(os, "SCHED_IDLE") or not (_grouped_with_us(number) and _least_of_groups(number)):
        return False
    try:
        os.sched_setscheduler(number, os.SCHED_IDLE, os.sched_param(0))
    except OSError:
        return False
    return True


def spent(number: int) -> float:
    """Seconds that a process has had a processor, where the system tells; else none."""
    try:
        told = Path(f"/proc/{number}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    user, system = told.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _least_of_groups(number: int) -> bool:
    """Whether a session that is a group of its own has the least share of all; true where it is none."""
    try:
        if AUTOGROUP.read_bytes().strip() != b"1" or _session(number) == _session(os.getpid()):
            return True
        Path(f"/proc/{number}/autogroup").write_bytes(LEAST)
    except FileNotFoundError:
        # No such groups in this system; a process that has gone is noticed by what follows.
        return True
    except OSError:
        return False
    return True


def _session(number: int) -> str:
    return Path(f"/proc/{number}/autogroup").read_text(encoding="ascii").partition(" ")[0]


def _grouped_with_us(number: int) -> bool:
    """Whether the system shares processors among groups of which both are in the same."""
    return _group(str(number)) == _group("self")


def _group(process: str) -> str:
    try:
        return group_of(Path(f"/proc/{process}/cgroup").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return "/"


def group_of(told: str) -> str:
    """The group with a share of its own that a process is in, by what the system tells of its groups."""
    places = {named: path for _, named, path in (line.split(":", 2) for line in told.splitlines())}
    for named, path in places.items():
        if "cpu" in named.split(","):
            return path
    path = places.get("", "/")
    if ".." in path:
        return path  # a container beside this one
    # A group without a share of its own is a part of the one above it.
    while path != "/" and not (GROUPS / path.lstrip("/") / "cpu.weight").exists():
        path = os.path.dirname(path)
    return path
