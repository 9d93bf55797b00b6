"""Hours in GH Archive's shapes, made on the spot, and loads of them as the command runs them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from collector.archive.engines import engine_named
from collector.archive.lake import Lake
from collector.archive.load import Order
from collector.archive.runs import load_archive
from collector.archive.selection import Wanted
from collector.archive.sources import source_of
from collector.collection import Collection
from collector.configuration import Configuration, load
from collector.run import Progress
from db.engine import writing
from db.repositories import register
from db.schema import table

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
REPOSITORY = {"id": 45717250, "name": "tensorflow/tensorflow"}
TRACKED = Wanted()
Event = dict[str, Any]


def account(number: int, login: str | None = None) -> Event:
    """A user as payloads carry it."""
    return {"login": login or f"user{number}", "id": number, "type": "User", "site_admin": False}


class Hours:
    """Writes hour files of events; every event gets a number of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()
        self.number = 2_489_651_000

    def event(self, kind: str, at: str, payload: Event, *, actor: int = 1, repo: Event = REPOSITORY) -> Event:
        """An event as the archive writes it."""
        self.number += 1
        return {
            "id": str(self.number),
            "type": kind,
            "actor": {"id": actor, "login": f"user{actor}", "gravatar_id": ""},
            "repo": repo,
            "payload": payload,
            "public": True,
            "created_at": at,
        }

    def issue(self, action: str, at: str, number: int, **fields: Any) -> Event:
        """An IssuesEvent, as both 2015 and 2025 have it; `fields` are those of the issue."""
        issue = {
            "id": 1000 + number,
            "number": number,
            "title": f"Issue {number}",
            "user": account(7),
            "state": "open",
            "comments": 0,
            "created_at": at,
            "updated_at": at,
            "closed_at": None,
        }
        return self.event("IssuesEvent", at, {"action": action, "issue": issue | fields})

    def pull(self, action: str, at: str, number: int, **fields: Any) -> Event:
        """A PullRequestEvent as it was until October 2025."""
        pull = {
            "id": 2000 + number,
            "number": number,
            "title": f"Change {number}",
            "user": account(8),
            "state": "open",
            "merged": False,
            "created_at": at,
            "updated_at": at,
            "closed_at": None,
            "merged_at": None,
            "merge_commit_sha": "f" * 40,
            "comments": 1,
            "additions": 5,
            "deletions": 2,
            "changed_files": 1,
            "head": {"repo": {"id": 99, "fork": True, "created_at": "2015-01-01T00:00:00Z"}},
            "base": {"repo": {**REPOSITORY, "stargazers_count": 120, "forks_count": 30}},
        }
        payload = {"action": action, "number": number, "pull_request": pull | fields}
        return self.event("PullRequestEvent", at, payload)

    def bare_pull(self, action: str, at: str, number: int, actor: int = 8) -> Event:
        """A PullRequestEvent since October 2025: numbers and branches alone."""
        pull = {
            "url": f"https://api.github.com/repos/tensorflow/tensorflow/pulls/{number}",
            "id": 2000 + number,
            "number": number,
            "head": {"ref": "change", "sha": "a" * 40, "repo": {"id": 99, "name": "fork"}},
            "base": {"ref": "master", "sha": "b" * 40, "repo": {"id": 45717250, "name": "tensorflow"}},
        }
        payload = {"action": action, "number": number, "pull_request": pull}
        return self.event("PullRequestEvent", at, payload, actor=actor)

    def remark(self, at: str, number: int, comment: int, author: int = 9, **issue: Any) -> Event:
        """An IssueCommentEvent."""
        inner = self.issue("", at, number, **issue)["payload"]["issue"]
        said = {"id": comment, "user": account(author), "created_at": at, "body": "Same here"}
        return self.event("IssueCommentEvent", at, {"action": "created", "issue": inner, "comment": said})

    def star(self, at: str, actor: int) -> Event:
        """A WatchEvent."""
        return self.event("WatchEvent", at, {"action": "started"}, actor=actor)

    def write(self, hour: str, events: list[Event | bytes], name: str | None = None) -> Path:
        """The file of an hour such as 2015-01-01-15; lines given as bytes stand as they are."""
        path = self.folder / (name or f"{hour}.json.gz")
        lines = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in events]
        path.write_bytes(gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0))
        return path


@pytest.fixture
def archive(tmp_path: Path) -> Hours:
    """An archive that is still empty."""
    return Hours(tmp_path / "archive")


@pytest.fixture(scope="session")
def configuration() -> Configuration:
    """The configuration that ships."""
    return load(Path(__file__).parents[3] / "flowmeter.toml")


LoadHours = Callable[..., Progress]


@pytest.fixture
def load_hours(configuration: Configuration, tmp_path: Path) -> LoadHours:
    """Loads hours (2015-01-01T15 …) from a folder or address into a database and the test's lake."""

    def loaded(
        engine: Engine,
        source: Path | str | Any,
        hours: list[str],
        *,
        wanted: Wanted = TRACKED,
        lake: Path = tmp_path / "lake",
        simulated: bool = False,
        stop: Callable[[], bool] = lambda: False,
        all_facts: bool = False,
    ) -> Progress:
        with writing(engine).begin() as connection:
            ids = register(connection, configuration.roles, simulated=simulated)
            repositories = table("repositories")
            connection.execute(
                repositories.update()
                .where(repositories.c.repository_id == ids["tensorflow/tensorflow"])
                .values(github_id=REPOSITORY["id"])
            )
        order = Order(
            [datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=UTC) for hour in hours],
            source_of(str(source)) if isinstance(source, (str, Path)) else source,
            wanted,
            Lake(lake),
            partial(engine_named, "local"),
            lambda: NOW,
            simulated=simulated,
            all_facts=all_facts,
        )
        collection = Collection(
            engine, configuration, None, simulated=simulated, clock=lambda: NOW, stop=stop
        )
        return load_archive(collection, order)

    return loaded


def rows_of(engine: Engine, name: str) -> list[dict[str, Any]]:
    """All rows of a table, in the order of its key."""
    held = table(name)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(held).order_by(*held.primary_key)).mappings()]


@pytest.fixture
def rows() -> Callable[[Engine, str], list[dict[str, Any]]]:
    """Reads a table."""
    return rows_of
