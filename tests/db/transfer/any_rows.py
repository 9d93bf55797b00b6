"""Rows for every table, with values at the edges of their types; rows refer to rows that are there."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Engine, Float, Integer, Table, insert
from sqlalchemy.schema import UniqueConstraint

from db.engine import writing
from db.schema import Record
from db.schema.columns import UtcDateTime

TEXTS = (
    "",
    "é",
    "한국어",
    "a\tb\n\\N\r\n",
    "'; DROP TABLE people; --",
    "🙂" * 3,
    "\\.",
    "NULL",
    "  padded  ",
)
NUMBERS = (0, 1, -1, 2**62, 7, 42)
REALS = (0.0, -0.1, 1e-300, 1.7976931348623157e308, 1 / 3, float(2**53 + 2))
DAYS = (date(1900, 1, 1), date(2017, 2, 13), date(9999, 12, 31), date(2024, 2, 29))
TIMES = (datetime(2017, 2, 15, 0, 0, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC))


def fill(engine: Engine, rows: int, seed: int) -> None:
    """Write that many rows into every table of an empty database."""
    chance = random.Random(seed)
    keys: dict[str, list[dict[str, Any]]] = {}
    with writing(engine).begin() as connection:
        for table in Record.metadata.sorted_tables:
            made = [_row(table, number, chance, keys) for number in range(1, rows + 1)]
            connection.execute(insert(table), made)
            keys[table.name] = made


def _row(table: Table, number: int, chance: random.Random, keys: dict[str, list[dict[str, Any]]]) -> Any:
    alone = _told_apart_by(table)
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.foreign_keys:
            (reference,) = column.foreign_keys
            parents = keys[reference.column.table.name]
            # In a key, each row its own parent, so that no two rows have the same one.
            parent = parents[number - 1] if column.name in alone else chance.choice(parents)
            row[column.name] = parent[reference.column.name]
        elif column.nullable and chance.random() < 0.3:
            row[column.name] = None
        else:
            row[column.name] = _value(column, number if column.name in alone else 0, chance)
    return row


def _told_apart_by(table: Table) -> set[str]:
    """Columns by which rows are told apart: of keys and of whatever else is unique."""
    unique = [
        constraint.columns for constraint in table.constraints if isinstance(constraint, UniqueConstraint)
    ]
    unique += [index.columns for index in table.indexes if index.unique]
    return {column.name for columns in (table.primary_key.columns, *unique) for column in columns}


def _value(column: Column[Any], number: int, chance: random.Random) -> Any:
    kind = column.type
    if isinstance(kind, Boolean):
        return chance.random() < 0.5
    if isinstance(kind, UtcDateTime):
        # In a key, each row an hour of its own.
        return chance.choice(TIMES) if not number else TIMES[0] + timedelta(hours=number)
    if isinstance(kind, Date):
        return chance.choice(DAYS)
    if isinstance(kind, Float):
        return chance.choice(REALS)
    if isinstance(kind, Integer):
        return number or chance.choice(NUMBERS if isinstance(kind, BigInteger) else NUMBERS[-2:])
    return f"{chance.choice(TEXTS)}{number}"
