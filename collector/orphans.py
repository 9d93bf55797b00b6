"""Runs that say they are running, though nobody runs them: lines of processes that were killed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update

from db import leases
from db.schema import table


def found(connection: Connection, now: datetime) -> Sequence[tuple[int, str, str]]:
    """Number, job and target of every run whose lease has ended, or whose process has."""
    runs, held = table("collector_runs").c, table("leases").c
    rows = connection.execute(
        select(runs.run_id, runs.job, runs.target, runs.heartbeat_at, held.holder, held.expires_at)
        .join_from(
            table("collector_runs"), table("leases"), held.name == runs.job + " " + runs.target, isouter=True
        )
        .where(runs.state == "running")
        .order_by(runs.run_id)
    )
    return [
        (row.run_id, row.job, row.target)
        for row in rows
        if (_is_silent(row.heartbeat_at, now) if row.holder is None else row.expires_at <= now)
        or (row.holder and leases.is_over(row.holder))
    ]


def _is_silent(heartbeat: datetime, now: datetime) -> bool:
    """Leases are missing in a restored database, and for the moment in which a repository is renamed."""
    return heartbeat < now - leases.DURATION


def close(connection: Connection, job: str, target: str, now: datetime) -> None:
    """Close what still says `running` of a job and target whose lease we hold: its process was killed."""
    runs = table("collector_runs").c
    _close(connection, (runs.job == job) & (runs.target == target), now)


def close_all(connection: Connection, now: datetime) -> int:
    """Close every run that nobody runs; returns how many. Every start of a collection does so."""
    numbers = [number for number, _, _ in found(connection, now)]
    if numbers:
        _close(connection, table("collector_runs").c.run_id.in_(numbers), now)
    return len(numbers)


def _close(connection: Connection, which: ColumnElement[bool], now: datetime) -> None:
    runs = table("collector_runs")
    connection.execute(
        update(runs)
        .where(which, runs.c.state == "running")
        .values(
            state="stopped",
            ended_at=now,
            error="its process ended without saying so",
            next_step="Nothing to do: the next run goes on from its last page",
        )
    )
