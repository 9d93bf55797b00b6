"""The database: does it answer, is it of this version, can it be written, does it fit our key and clock?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, make_url, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from collector.configuration import Configuration
from collector.doctor.finding import Finding
from collector.doctor.locks import locks
from db.adhoc.public import public_columns
from db.adhoc.reader import readable, reader_url
from db.engine import check_reachable, connect, database_url
from db.errors import DatabaseError
from db.faults import in_words
from db.migration import current, newest
from db.people.identities import KEY_FILE, address_hash
from db.schema import table
from db.secret import secret

#: The table of what is mounted where, on Linux.
MOUNTS = Path("/proc/self/mounts")
#: Kinds of file systems over a network, where SQLite's locks and its shared memory cannot be relied upon.
REMOTE = ("nfs", "cifs", "smb", "9p", "fuse.sshfs", "afs", "lustre", "glusterfs", "ceph")
#: Noreply addresses that are hashed anew to see whether the key is the one they were hashed with.
SAMPLED = 20
KEY_ADVICE = "Set FLOWMETER_IDENTITY_KEY, or put var/identity.key back"


def opened() -> tuple[Engine | None, list[Finding]]:
    """The database when everything else may be asked of it, and what was found on the way."""
    try:
        engine = connect(_patient())
        check_reachable(engine)
        held, needed = current(engine), newest()
    except DatabaseError as error:
        return None, [Finding("database", "wrong", f"{error.to}: {error.happened}", error.next_step)]
    except DBAPIError as error:
        told = in_words(error)
        return None, [Finding("database", "wrong", told.happened, told.next_step)]
    except SQLAlchemyError as error:
        shown = str(error).splitlines()[0]
        step = "Check FLOWMETER_DATABASE_URL and that the server runs"
        return None, [Finding("database", "wrong", shown, step)]
    shown = engine.url.set(query={}).render_as_string(hide_password=True)
    if held != needed:
        ahead = held is not None and held > needed
        step = "Use the version of Flowmeter that migrated it, or a later one"
        found = f"{shown} is at revision {held or 'none'}, not {needed}"
        return None, [Finding("database", "wrong", found, step if ahead else "flowmeter db upgrade")]
    findings = [Finding("database", "good", f"{shown} at revision {held}")]
    findings += _file(engine) if engine.dialect.name == "sqlite" else _reader(engine)
    findings += locks(engine)
    return engine, findings


def clock(connection: Connection, _configuration: Configuration, now: datetime) -> Iterator[Finding]:
    """Whether the server's clock is ours."""
    if connection.dialect.name != "postgresql":
        return
    skew = connection.execute(text("SELECT clock_timestamp()")).scalar_one() - now
    if abs(skew) > timedelta(minutes=1):
        yield Finding(
            "clock",
            "wrong",
            f"this machine's clock and the database server's are {abs(skew).total_seconds():.0f} s apart",
            "Let both machines keep their time by NTP",
        )


def identity_key(connection: Connection, _configuration: Configuration, _now: datetime) -> Iterator[Finding]:
    """Whether the key that addresses are hashed with is here, and the one that was used."""
    held = table("identities").c
    hashed = connection.execute(select(held.address_hash).where(held.address_hash.is_not(None)).limit(1))
    if hashed.first() is None:
        return
    advice = f"{KEY_ADVICE}: known people are not known without it"
    if not _key_is_here():
        yield Finding("identity key", "wrong", "addresses are held, and their key is not here", advice)
        return
    noreply = connection.execute(
        select(held.github_user_id, held.login, held.address_hash)
        .where(held.kind == "email", held.github_user_id.is_not(None), held.login.is_not(None))
        .limit(SAMPLED)
    ).all()
    if noreply and not any(
        address_hash(f"{row.github_user_id}+{row.login}@users.noreply.github.com") == row.address_hash
        for row in noreply
    ):
        yield Finding(
            "identity key", "wrong", "the key is another one than addresses were hashed with", advice
        )
        return
    yield Finding("identity key", "good", "addresses were hashed with it" if noreply else "it is here")


def _key_is_here() -> bool:
    """Asked before the key itself, which would be made where it is missing."""
    return bool(secret("FLOWMETER_IDENTITY_KEY")) or KEY_FILE.exists()


def _patient() -> str:
    """The database's address, with short waits: a doctor does not stand in a queue."""
    url = database_url()
    if url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query:
        url = url.update_query_dict({"connect_timeout": "5"})
    return url.render_as_string(hide_password=False)


def _file(engine: Engine) -> Iterator[Finding]:
    with engine.connect() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    if mode != "wal":
        yield Finding(
            "SQLite",
            "wrong",
            f"its journal is in the mode {mode}, not wal: readers and writers hold each other up, or worse",
            "Give a plain path, sqlite:///PATH, on a local disk",
        )
    path = Path(str(engine.url.database).removeprefix("file:")).absolute()
    kind = _file_system(path)
    if kind.startswith(REMOTE):
        yield Finding(
            "SQLite",
            "wrong",
            f"{path} is on a network file system ({kind}), where its locks cannot be relied upon",
            "Move it to a local disk, or to PostgreSQL: flowmeter db copy URL; "
            "and set FLOWMETER_DATABASE_URL",
        )


def _file_system(path: Path) -> str:
    """The kind of file system that a path is on, where the system tells."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    found = ("", "")
    for line in lines:
        _, place, kind, *_ = line.split(" ")
        if path.is_relative_to(place) and len(place) >= len(found[0]):
            found = (place, kind)
    return found[1]


def _reader(engine: Engine) -> Iterator[Finding]:
    """Whether ad hoc SQL can log in as the role that may read and nothing else."""
    if not secret("FLOWMETER_READER_URL") and not _key_is_here():
        told = "its password follows from the key of addresses, which is not here"
        yield Finding("read-only role", "wrong", told, KEY_ADVICE)
        return
    role = engine
    try:
        role = connect(make_url(reader_url(engine)).update_query_dict({"connect_timeout": "5"}))
        check_reachable(role)
        with role.connect() as connection:
            may_read = readable(connection)
    except DatabaseError as error:
        yield Finding(
            "read-only role",
            "wrong",
            f"ad hoc SQL cannot log in: {error.happened}",
            "flowmeter db reader; where that may make no role, flowmeter db reader --print",
        )
    else:
        wanted = len(public_columns())
        if may_read == wanted:
            yield Finding("read-only role", "good", f"ad hoc SQL logs in as {role.url.username}")
        else:
            told = f"ad hoc SQL may read {may_read} of {wanted} views: a migration was cut off"
            yield Finding("read-only role", "wrong", told, "flowmeter db reader")
    if role is not engine:
        role.dispose()
