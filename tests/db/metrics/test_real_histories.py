"""The words of the design hold on a real history: proxies, affiliations and the outside share."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from db.engine import writing
from db.metrics import read
from db.metrics.refresh import refresh
from db.people.identities import email_identity
from db.repositories import refresh_scopes, register
from db.schema import table
from db.upsert import upsert

NAME = "tensorflow/serving"

#: Names are hashed in the history: the public ones of programs, which are nobody's own.
PROGRAMS = {"606dacd1401a": "A. Unique TensorFlower", "38e763b15536": "TensorFlower Gardener"}


def instant(written: str) -> datetime:
    """An instant as the history writes it."""
    return datetime.fromisoformat(written.replace("Z", "+00:00")).astimezone(UTC)


@pytest.mark.real
def test_most_of_servings_commits_are_by_proxies_which_are_the_stewards_and_nobody(
    sqlite_engine: Engine, shared_data: Path
) -> None:
    with gzip.open(
        shared_data / "history" / "tensorflow+serving.commits.csv.gz", "rt", encoding="utf-8"
    ) as file:
        history = list(csv.DictReader(file))
    identities, commits = {}, []
    with writing(sqlite_engine).begin() as connection:
        repository = register(connection, {NAME: "ecosystem"})[NAME]
        refresh_scopes(connection, "TensorFlow")
        for row in history:
            authored, committed = instant(row["authored_at"]), instant(row["committed_at"])
            # The history holds a hash in an address's place: with its domain it is an address again.
            name = PROGRAMS.get(row["author"], row["author"])
            who = email_identity(f"{row['email']}@{row['email_domain']}", name, authored, authored)
            held = identities.setdefault(who["identity_id"], who)
            held["first_seen"] = min(held["first_seen"], authored)
            held["last_seen"] = max(held["last_seen"], authored)
            commits.append(
                {
                    "repository_id": repository,
                    "sha": row["sha"],
                    "author_id": who["identity_id"],
                    "committer_id": who["identity_id"],
                    "authored_at": authored,
                    "author_offset": 0,
                    "committed_at": committed,
                    "date_repaired": False,
                    "day": committed.date(),
                    "parents": len(row["parents"].split()),
                    "subject": row["subject"],
                }
            )
        upsert(connection, table("identities"), identities.values())
        upsert(connection, table("commits"), commits)
    refresh(sqlite_engine, now=datetime(2026, 11, 24, tzinfo=UTC), metrics=["commits", "contributors"])
    with sqlite_engine.connect() as connection:
        proxies = connection.execute(
            text("SELECT SUM(quantity) FROM contributions WHERE person_kind = 'proxy' AND kind = 'commit'")
        ).scalar()
        years = read.values(connection, "commits", NAME, "year", segments=["all"])
        people = read.values(connection, "contributors", NAME, "year", segments=["all"])
    assert proxies == sum(row["email_domain"] == "tensorflow.org" for row in history) == 7597
    assert years["value"].sum() == len(history) == 9382
    authors: dict[int, set[str]] = {}
    for row in history:
        if row["email_domain"] != "tensorflow.org":
            authors.setdefault(instant(row["committed_at"]).year, set()).add(
                row["email"] + row["email_domain"]
            )
    assert {day.year: value for day, value in zip(people["period"], people["value"], strict=True)} == {
        year: len(found) for year, found in authors.items()
    }
