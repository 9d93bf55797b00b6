"""Whether the database can be written just now; when another one has it locked, who that is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from collector.doctor.finding import Finding
from db.engine import writing
from db.faults import FORESEEN, in_words

#: How long another writer is waited for before the database counts as locked, in milliseconds.
PATIENCE_MS = 2_000
#: Linux' list of locks on files: number, kind, mode, access, process, device:inode, first and last byte.
LOCKS = Path("/proc/locks")
#: The byte of SQLite's `-shm` file that the one who writes has locked.
WRITER = 120
#: Who has locked the table of leases so that nobody may write it.
SESSIONS = text(
    "SELECT l.pid, a.usename, COALESCE(CAST(a.client_addr AS text), 'this server') AS place, "
    "CAST(EXTRACT(EPOCH FROM clock_timestamp() - a.xact_start) AS integer) AS seconds "
    "FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.relation = CAST('leases' AS regclass) AND l.granted AND l.mode IN "
    "('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') ORDER BY l.pid"
)


def locks(engine: Engine) -> Iterator[Finding]:
    """A line when the database cannot be written for `PATIENCE_MS`: who holds it, and how that is ended."""
    try:
        with writing(engine).connect() as connection:
            _write(connection)
            connection.rollback()
    except FORESEEN as error:
        told = in_words(error)
        holder, step = _on_sqlite(engine) if engine.dialect.name == "sqlite" else _on_postgresql(engine)
        found = f"for {PATIENCE_MS / 1000:g} s: {told.happened}{holder}"
        yield Finding("locks", "wrong", found, step or told.next_step)


def _write(connection: Connection) -> None:
    """Take the lock that writing takes."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET lock_timeout = {PATIENCE_MS}")
        connection.exec_driver_sql("LOCK TABLE leases IN ROW EXCLUSIVE MODE")
        return
    # The wait is the connection's own; it is set before the transaction that would wait.
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}").close()
    connection.execute(text("SELECT 1"))


def _on_sqlite(engine: Engine) -> tuple[str, str]:
    """Which process writes, and how to end it; nothing where the system does not tell."""
    try:
        inode = Path(f"{engine.url.database}-shm").stat().st_ino
        lines = LOCKS.read_text(encoding="ascii").splitlines()
    except OSError:
        return "", ""
    for _, kind, _, access, process, file, first, last in (
        line.split() for line in lines if "->" not in line
    ):
        of_it = (kind, access, file.rpartition(":")[2]) == ("POSIX", "WRITE", str(inode))
        if of_it and last != "EOF" and int(first) <= WRITER <= int(last) and int(process) > 0:
            step = f"Wait for its end, or end it: kill {process}; what it had not committed is done anew"
            return f", process {process}{_command(process)}", step
    return "", ""


def _command(process: str) -> str:
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return ""
    return f" ({' '.join(words).strip()[:80]})"


def _on_postgresql(engine: Engine) -> tuple[str, str]:
    """Which session has the table, and how to end it; nothing when it is gone by now."""
    with engine.connect() as connection:
        row = connection.execute(SESSIONS).first()
    if row is None:
        return "", ""
    holder = f", session {row.pid} of {row.usename} from {row.place}, at work for {row.seconds} s"
    step = "Wait for its end, or end it, with psql: "
    return holder, f"{step}SELECT pg_terminate_backend({row.pid}); what it had not committed is done anew"
