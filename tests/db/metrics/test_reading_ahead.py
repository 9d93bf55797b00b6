"""What is read beside, ahead of being asked for, is what would be read when asked."""

from __future__ import annotations

from types import ModuleType

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table
from sqlalchemy.exc import DBAPIError

from db.engine import consistent, writing
from db.metrics.reader import Reader
from db.metrics.reading_ahead import ReadAhead
from db.schema import table
from db.upsert import upsert

COLUMNS = {
    "commits": ("repository_id", "sha", "author_id", "authored_at", "day", "subject"),
    "identities": ("identity_id", "kind", "login", "name", "domain"),
    "issues": ("repository_id", "number", "state", "day"),
}


def test_rows_read_ahead_are_those_of_the_reader_at_the_same_instant(
    engine: Engine, community: ModuleType
) -> None:
    made = community.made_up(seed=20170213, commits=80, requests=30)
    made.write(engine)
    where = f"repository_id = {made.repositories['tensorflow/tensorflow']}"
    with consistent(engine) as connection:
        reader = Reader(connection)
        expected = {name: reader.read(table(name), columns) for name, columns in COLUMNS.items()}
        some, count = reader.read(table("issues"), COLUMNS["issues"], where), reader.count(table("commits"))
        with writing(engine).begin() as other:
            late = {"tag": "written since", "published_at": community.NOW, "day": community.NOW.date()}
            where_it_is = {"repository_id": made.repositories["tensorflow/tensorflow"]}
            upsert(other, table("releases"), [{**where_it_is, **late}])
        with ReadAhead(reader) as ahead:
            for name, columns in COLUMNS.items():
                ahead.announce(table(name), columns)
            ahead.announce_count(table("commits"))
            # Asked for in another order, with what nobody announced among it.
            assert ahead.read(table("issues"), COLUMNS["issues"]).equals(expected["issues"])
            assert ahead.read(table("issues"), COLUMNS["issues"], where).equals(some)
            assert "written since" not in ahead.read(table("releases"), ["tag"]).column("tag").to_pylist()
            assert ahead.read(table("commits"), COLUMNS["commits"]).equals(expected["commits"])
            assert ahead.count(table("commits")) == ahead.count(table("commits")) == count > 0
            assert ahead.counts(table("commits")).equals(reader.counts(table("commits")))
            assert ahead.read(table("identities"), COLUMNS["identities"]).equals(expected["identities"])


def test_what_cannot_be_read_ahead_is_told_when_it_is_asked_for(engine: Engine) -> None:
    nowhere = Table("nowhere", MetaData(), Column("number", Integer, nullable=False))
    with consistent(engine) as connection, ReadAhead(Reader(connection)) as ahead:
        ahead.announce(nowhere, ["number"])
        with pytest.raises(DBAPIError, match="nowhere"):
            ahead.read(nowhere, ["number"])
