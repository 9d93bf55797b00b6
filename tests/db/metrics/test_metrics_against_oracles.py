"""Every metric equals a naive computation from the facts: made up, collected, and of six real histories."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Connection, Engine

from collector.collection import Collection
from collector.configuration import load
from collector.github.client import GitHub
from collector.jobs import JOBS
from collector.simulator.server import Simulator
from db.engine import writing
from db.metrics.catalogue import read_catalogue
from db.metrics.refresh import refresh
from db.people.identities import email_identity
from db.repositories import refresh_scopes, register
from db.schema import table
from db.upsert import upsert

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CONFIGURATION = Path(__file__).parents[3] / "flowmeter.toml"
#: The six histories, and the metrics that read commits alone: the others have nothing to say there.
HISTORIES = {
    "tensorflow+tensorflow": "core",
    "keras-team+keras": "core",
    "tensorflow+tensorboard": "ecosystem",
    "tensorflow+serving": "ecosystem",
    "tensorflow+community": "ecosystem",
    "tensorflow+addons": "ecosystem",
}


def test_every_metric_has_an_oracle_and_every_oracle_a_metric(oracles: ModuleType) -> None:
    assert set(oracles.ORACLES) == {definition.metric for definition in read_catalogue()}


def test_every_metric_equals_its_oracle(
    engine: Engine, community: ModuleType, oracles: ModuleType, comparison: ModuleType
) -> None:
    community.made_up(seed=20170213).write(engine)
    refresh(engine, now=community.NOW)
    scopes = ("project", "role:ecosystem", "tensorflow/tensorflow", "torvalds/linux")
    with engine.connect() as connection:
        equal = comparison.compared(connection, oracles, scopes, oracles.FREQUENCIES)
    assert not [metric for metric in oracles.ORACLES if not equal[metric]], "nothing to compare"


def test_every_metric_equals_its_oracle_over_a_community_that_was_collected(
    sqlite_engine: Engine,
    oracles: ModuleType,
    comparison: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)  # clones are made below it
    configuration = load(CONFIGURATION)
    with Simulator(scale=0.004, seed=11, now=NOW, folder=tmp_path) as simulated:
        # Nobody is slowed down by a community that answers at once: the pace kept is tested where it is made.
        client = GitHub(simulated.url, ["a-token"], now=lambda: NOW, sleep=lambda _seconds: None)
        collection = Collection(
            sqlite_engine,
            configuration,
            github=lambda: client,
            simulated=True,
            github_url=simulated.url,
            clock=lambda: NOW,
        )
        collection.prepare()
        ended = list(collection.run(JOBS))
        client.close()
    assert {run.state for run in ended} == {"done"}
    refresh(sqlite_engine, now=NOW)
    with sqlite_engine.connect() as connection:
        equal = comparison.compared(
            connection, oracles, ("project", "tensorflow/tensorflow"), ("month", "year")
        )
    assert sum(equal.values()) > 5_000


@pytest.mark.real
def test_every_metric_equals_its_oracle_over_six_real_histories(
    sqlite_engine: Engine, oracles: ModuleType, comparison: ModuleType, shared_data: Path
) -> None:
    with writing(sqlite_engine).begin() as connection:
        names = {name.replace("+", "/"): role for name, role in HISTORIES.items()}
        numbers = register(connection, names)
        refresh_scopes(connection, "TensorFlow")
        for name in HISTORIES:
            path = shared_data / "history" / f"{name}.commits.csv.gz"
            _write_history(connection, path, numbers[name.replace("+", "/")])
    refresh(sqlite_engine, now=NOW)
    with sqlite_engine.connect() as connection:
        equal = comparison.compared(
            connection, oracles, ("project", "tensorflow/tensorflow"), ("month", "year")
        )
    assert sum(equal.values()) > 5_000


def _write_history(connection: Connection, path: Path, repository: int) -> None:
    """The commits of a real history; a hash stands in an address's place: with its domain it is one again."""
    identities: dict[int, dict[str, object]] = {}
    commits = []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            authored, committed = _instant(row["authored_at"]), _instant(row["committed_at"])
            who = email_identity(f"{row['email']}@{row['email_domain']}", row["author"], authored, authored)
            identities.setdefault(who["identity_id"], who)
            commits.append(
                {
                    "repository_id": repository,
                    "sha": row["sha"],
                    "author_id": who["identity_id"],
                    "committer_id": who["identity_id"],
                    "authored_at": authored,
                    "author_offset": 0,
                    "committed_at": committed,
                    "date_repaired": not date(2015, 1, 1) <= committed.date() <= NOW.date(),
                    "day": max(date(2015, 1, 1), min(committed.date(), NOW.date())),
                    "parents": len(row["parents"].split()),
                    "subject": row["subject"],
                }
            )
    upsert(connection, table("identities"), identities.values())
    upsert(connection, table("commits"), commits)


def _instant(written: str) -> datetime:
    return datetime.fromisoformat(written.replace("Z", "+00:00")).astimezone(UTC)
