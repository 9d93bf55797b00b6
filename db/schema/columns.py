"""The column types and the declarative registry that all tables share."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, DateTime, MetaData, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine

#: Sentinels for affiliations that are open at one end: comparable with plain BETWEEN everywhere.
BEGINNING_OF_TIME = date(1900, 1, 1)
END_OF_TIME = date(9999, 12, 31)
#: Marks a column that names an identity: it follows when somebody is forgotten.
IDENTITY = {"holds": "identity"}
#: Marks a column that holds the number of the account behind the row's identity: it goes when that is forgotten.
ACCOUNT = {"holds": "account"}
#: The source of what the collectors read from GitHub themselves.
COLLECTED = "github"
#: The source of what was read from GH Archive's hours.
ARCHIVED = "gharchive"
#: Marks the column that names a row's source: what was collected is never replaced by another source's.
RANKED = {"ranked": True}
#: Marks a text of the row's `author_id`: it goes when the author is forgotten.
AUTHORED = {"holds": "text of the author"}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant in UTC, to the second.

    SQLite holds the text `YYYY-MM-DD HH:MM:SS`, which sorts and which
    `unixepoch()` reads; PostgreSQL holds `timestamptz`. Only aware datetimes
    are taken: a naive one raises `ValueError`, because its zone is anyone's guess.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            stored = sqlite.DATETIME(truncate_microseconds=True)  # type: ignore[no-untyped-call]
            return dialect.type_descriptor(stored)
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: pass an aware datetime")
        value = value.astimezone(UTC).replace(microsecond=0)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Record(DeclarativeBase):
    """Every table's common ancestor: names constraints alike and maps Python types to columns.

    A column's `info={"on_conflict": …}` says what an upsert does with a value
    that is held already: `replace` (the default), `keep_known` (a NULL never
    overwrites), `least`, `greatest`, `keep_first` (never overwritten), or `union`
    (members of a set, with semicolons between).
    """

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {int: BigInteger(), datetime: UtcDateTime(), date: Date(), str: Text()}


def stable_id(*natural_key: object) -> int:
    """A 63-bit id made from a natural key: the same key gives the same id on every machine and run.

    Ids made so need no look-up before a bulk write, and two databases that saw
    the same facts in another order hold the same rows. With a million keys of
    one kind the chance that any two collide is about 5e-8.
    """
    return id_of("\x1f".join(str(part) for part in natural_key))


def id_of(text: str) -> int:
    """`stable_id` of a key whose parts are joined already, for those who make many ids of one kind."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1
