"""Two loads beside each other, to the last row: their lakes by file, their databases by table."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb

TABLES = (
    "repositories", "identities", "issues", "pull_requests", "comments", "reviews", "releases", "popularity",
    "fork_counts", "archive_days",
)  # fmt: skip


def differing_files(one: Path, other: Path) -> tuple[int, int, list[str]]:
    """Events in all, files in all, and names of files whose rows are not the same multiset in both lakes."""
    prints = [_prints(lake) for lake in (one, other)]
    names = sorted(prints[0].keys() | prints[1].keys())
    wrong = [name for name in names if prints[0].get(name) != prints[1].get(name)]
    return sum(found[0] for found in prints[0].values()), len(names), wrong


def _prints(lake: Path) -> dict[str, tuple[int, int, int, str]]:
    """File name → rows, sum and exclusive-or of the rows' hashes, and the columns with their types."""
    found = {}
    with duckdb.connect() as duck:
        duck.execute("SET memory_limit = '1GB'")
        for path in sorted((lake / "events").glob("*/*.parquet")):
            columns = duck.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
            names = sorted(row[0] for row in columns if row[0] != "day")
            listed = ", ".join(f'"{name}"' for name in names)
            count, total, mixed = duck.execute(
                f"SELECT COUNT(*), SUM(h::HUGEINT), BIT_XOR(h) FROM "
                f"(SELECT HASH({listed}) AS h FROM read_parquet(?))",
                [str(path)],
            ).fetchone() or (0, 0, 0)
            found[path.name] = (count, total, mixed, str(sorted(row[:2] for row in columns)))
    return found


def differing_rows(one: Path, other: Path) -> tuple[int, dict[str, int]]:
    """Rows in all of the fact tables, and by table how many stand in one database alone."""
    connection = sqlite3.connect(one)
    connection.execute("ATTACH ? AS other", [str(other)])
    total, wrong = 0, {}
    for name in TABLES:
        total += connection.execute(f"SELECT COUNT(*) FROM main.{name}").fetchone()[0]
        alone = sum(
            connection.execute(
                f"SELECT COUNT(*) FROM (SELECT * FROM {a}.{name} EXCEPT SELECT * FROM {b}.{name})"
            ).fetchone()[0]
            for a, b in (("main", "other"), ("other", "main"))
        )
        if alone:
            wrong[name] = alone
    ledger = (
        "SELECT hour, state, bytes, lines, bad_lines, late_events, kept_events, problem FROM {}.archive_hours"
    )
    told = [connection.execute(ledger.format(each)).fetchall() for each in ("main", "other")]
    if told[0] != told[1]:
        wrong["archive_hours"] = len(set(told[0]) ^ set(told[1]))
    connection.close()
    return total, wrong
