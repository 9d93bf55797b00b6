"""Facts that an engine made of events, as rows of the tables, a page at a time; collected ones stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet
from sqlalchemy import Connection, select

from collector.archive.dialects import FACTS
from collector.github.accounts import Accounts, storable
from db.schema import table
from db.schema.columns import ARCHIVED, COLLECTED

Row = dict[str, Any]
#: Facts of a page.
PAGE = 5_000
#: So many keys stand in one question: SQLite takes no more than some thousands.
AT_ONCE = 500
#: When the author of a fact acted.
ACTED = {
    "issues": "created_at",
    "pull_requests": "created_at",
    "comments": "created_at",
    "reviews": "submitted_at",
}
DAYS = {
    "created_at": "day",
    "submitted_at": "day",
    "published_at": "day",
    "closed_at": "closed_day",
    "merged_at": "merged_day",
}


def pages(folder: Path, held: Sequence[str] = FACTS) -> Iterator[tuple[str, list[Row]]]:
    """The facts in a folder, table by table, `PAGE` of them at a time; times are aware, in UTC."""
    for fact in held:
        path = folder / f"{fact}.parquet"
        files = sorted(path.glob("*.parquet")) if path.is_dir() else [path] if path.exists() else []
        for file in files:
            with pyarrow.parquet.ParquetFile(file) as rows:
                for batch in rows.iter_batches(PAGE):
                    if batch.num_rows:
                        yield fact, [_read(row) for row in batch.to_pylist()]


def _read(row: Row) -> Row:
    return {
        name: value.replace(tzinfo=UTC)
        if isinstance(value, datetime)
        else storable(value)
        if isinstance(value, str)
        else value
        for name, value in row.items()
    }


def table_rows(fact: str, found: Sequence[Row], connection: Connection) -> Mapping[str, list[Row]]:
    """Rows by table of a page of facts: accounts first, nothing that a collector holds already."""
    if fact in ("comments", "reviews"):
        found = _beyond_collected(found, connection)
    if fact == "fork_counts":
        found = _of_repositories_without_list(found, connection)
    accounts = Accounts()
    rows = [_row(fact, row, accounts) for row in found]
    tables: dict[str, list[Row]] = {}
    if accounts.rows():
        tables["identities"] = _known_as_before(accounts.rows(), connection)
    tables[fact] = rows
    return {name: rows for name, rows in tables.items() if rows}


def _row(fact: str, found: Row, accounts: Accounts) -> Row:
    row = dict(found)
    for instant, day in DAYS.items():
        if instant in row:
            row[day] = row[instant].date() if row[instant] is not None else None
    if fact in ACTED:
        account = {"id": row["author_id"], "login": row.pop("author_login"), "type": row.pop("author_type")}
        if account["type"] is None and (account["login"] or "").endswith("[bot]"):
            account["type"] = "Bot"
        row["author_id"] = accounts.seen(account, row[ACTED[fact]])
    if fact == "pull_requests":
        made = row.pop("fork_created_at")
        row["fork_day"] = made.date() if made is not None else None
        row["gone_at"] = None
    if fact == "issues":
        row["moved_to"] = row["gone_at"] = None
    if fact != "archive_days":
        row["source"] = ARCHIVED
    return row


def _beyond_collected(found: Sequence[Row], connection: Connection) -> list[Row]:
    """What was said in threads after a collector last read them, and in threads that none has read.

    Up to then the collector's list is whole: what is not in it was taken back.
    """
    read: dict[tuple[int, int], datetime] = {}
    for name in ("issues", "pull_requests"):
        threads = table(name)
        for repository in {row["repository_id"] for row in found}:
            numbers = sorted({row["number"] for row in found if row["repository_id"] == repository})
            for start in range(0, len(numbers), AT_ONCE):
                rows = connection.execute(
                    select(threads.c.number, threads.c.updated_at).where(
                        threads.c.repository_id == repository,
                        threads.c.number.in_(numbers[start : start + AT_ONCE]),
                        threads.c.source == COLLECTED,
                    )
                )
                read |= {(repository, row.number): row.updated_at for row in rows}
    return [
        row
        for row in found
        for until in [read.get((row["repository_id"], row["number"]))]
        if until is None or row["created_at" if "created_at" in row else "submitted_at"] > until
    ]


def _of_repositories_without_list(found: Sequence[Row], connection: Connection) -> list[Row]:
    """Counts of repositories whose forks no collector has listed: the two are never mixed in one series."""
    counts = table("fork_counts")
    listed = set(
        connection.execute(
            select(counts.c.repository_id).where(counts.c.source == COLLECTED).distinct()
        ).scalars()
    )
    return [row for row in found if row["repository_id"] not in listed]


def _known_as_before(rows: list[Row], connection: Connection) -> list[Row]:
    """Accounts with what is held of them that events of other days cannot know better.

    A login is that of the account's latest act, so the order of hours changes nothing; one that was read
    from the account itself stays, since an event may be older than the reading.
    """
    identities = table("identities").c
    held: dict[int, Any] = {}
    ids = [row["identity_id"] for row in rows]
    for start in range(0, len(ids), AT_ONCE):
        found = connection.execute(
            select(
                identities.identity_id,
                identities.login,
                identities.account_type,
                identities.last_seen,
                identities.profile_read_at,
            ).where(identities.identity_id.in_(ids[start : start + AT_ONCE]))
        )
        held |= {row.identity_id: row for row in found}
    return [
        row if (known := held.get(row["identity_id"])) is None else row | _kept(row, known) for row in rows
    ]


def _kept(row: Row, known: Any) -> Row:
    newer = (
        known.profile_read_at is None and known.last_seen is not None and row["last_seen"] > known.last_seen
    )
    return {
        "login": row["login"] if newer else known.login or row["login"],
        "account_type": known.account_type or row["account_type"],
    }
