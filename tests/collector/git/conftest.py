"""Real git repositories made on the spot, and a writer that takes a job's pages as the runner does."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from collector.git import commits
from collector.jobs import Page, Rejection, Source, Target
from db.engine import connect, writing
from db.schema import Record, table
from db.upsert import delete, upsert

NOW = datetime(2024, 6, 1, tzinfo=UTC)
REPOSITORY_ID = 77
START = 1_500_000_000


class Workshop:
    """A git repository with a work tree in which tests make history."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        self.clock = START
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *options)
        self.git("config", "gc.auto", "0")

    def git(self, *arguments: str, given: bytes = b"", **variables: str) -> str:
        """What git answers, without the final newline."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            input=given,
            capture_output=True,
            check=True,
            env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
            | variables,
        )
        return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")

    def commit(
        self,
        message: str = "Change",
        *,
        name: str = "Ann Author",
        address: str = "ann@one.example",
        date: str | None = None,
        author_date: str | None = None,
        file: str = "file.txt",
        content: str | bytes | None = None,
        options: tuple[str, ...] = (),
        settings: tuple[str, ...] = (),
    ) -> str:
        """A commit an hour after the one before, and its hash."""
        self.clock += 3600
        if content is None:
            content = f"{self.clock}\n" + "".join(f"line {k}\n" for k in range(self.clock // 3600 % 7))
        (self.path / file).parent.mkdir(parents=True, exist_ok=True)
        (self.path / file).write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "-A")
        date = date or f"{self.clock} +0000"
        self.git(
            *settings,
            "commit",
            "-q",
            "--allow-empty",
            "--allow-empty-message",
            "--cleanup=verbatim",
            "-F",
            "-",
            *options,
            given=message.encode("utf-8", "surrogateescape"),
            GIT_AUTHOR_NAME=name,
            GIT_AUTHOR_EMAIL=address,
            GIT_COMMITTER_NAME="Cem Committer",
            GIT_COMMITTER_EMAIL="cem@two.example",
            GIT_AUTHOR_DATE=author_date or date,
            GIT_COMMITTER_DATE=date,
        )
        return self.git("rev-parse", "HEAD")

    def raw_commit(self, header: bytes, message: bytes) -> str:
        """A commit whose author and committer lines are given byte by byte; it becomes the head."""
        tree = self.git("rev-parse", "HEAD^{tree}").encode()
        parent = self.git("rev-parse", "HEAD").encode()
        body = b"tree %s\nparent %s\n%s\n\n%s" % (tree, parent, header, message)
        sha = self.git("hash-object", "-w", "-t", "commit", "--literally", "--stdin", given=body)
        self.git("update-ref", "HEAD", sha)
        return sha

    def merge(self, *branches: str) -> str:
        """A merge of the branches into the present one."""
        self.clock += 3600
        who = {
            "GIT_AUTHOR_NAME": "Ann Author",
            "GIT_AUTHOR_EMAIL": "ann@one.example",
            "GIT_COMMITTER_NAME": "Ann Author",
            "GIT_COMMITTER_EMAIL": "ann@one.example",
            "GIT_AUTHOR_DATE": f"{self.clock} +0200",
            "GIT_COMMITTER_DATE": f"{self.clock} +0200",
        }
        self.git("merge", "-q", "--no-ff", "-m", "Merge pull request #9 from a/branch", *branches, **who)
        return self.git("rev-parse", "HEAD")


class Collector:
    """Runs the job against a database, a transaction a page, from the cursor where it stands."""

    def __init__(self, engine: Engine, address: str | Path, full_name: str = "some/project") -> None:
        self.engine = engine
        self.cursor: Mapping[str, Any] = {}
        self.pages: list[Page] = []
        self.rejections: list[Rejection] = []
        target = Target(full_name, REPOSITORY_ID, "core", str(address))
        self.source = Source(target, None, None, NOW)  # type: ignore[arg-type]
        with writing(engine).begin() as connection:
            row = {"repository_id": REPOSITORY_ID, "full_name": full_name, "role": "core"}
            upsert(connection, table("repositories"), [row])

    def run(self, *, killed_after: int | None = None) -> list[Page]:
        """One run; with `killed_after`, the process ends when so many pages are written."""
        self.pages, self.rejections = [], []
        for page in commits.collect(self.source, self.cursor):
            if len(self.pages) == killed_after:
                break
            with writing(self.engine).begin() as connection:
                for name, keys in page.removals.items():
                    delete(connection, table(name), keys)
                for name, rows in page.rows.items():
                    upsert(connection, table(name), rows)
            self.cursor = json.loads(json.dumps(dict(page.cursor)))
            self.pages.append(page)
            self.rejections.extend(page.rejections)
        return self.pages

    def rows(self, name: str) -> list[dict[str, Any]]:
        """All rows of a table, in the order of its key."""
        chosen = table(name)
        with self.engine.connect() as connection:
            found = connection.execute(select(chosen).order_by(*chosen.primary_key)).mappings()
            return [dict(row) for row in found]

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """All that the job wrote."""
        names = ("identities", "commits", "commit_coauthors", "papers", "paper_mentions")
        return {name: self.rows(name) for name in names}

    def commit(self, sha: str) -> dict[str, Any]:
        """The row of a commit."""
        return next(row for row in self.rows("commits") if row["sha"] == sha)

    def identity(self, identity_id: int) -> dict[str, Any]:
        """The row of an identity."""
        return next(row for row in self.rows("identities") if row["identity_id"] == identity_id)


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """A git repository without commits."""
    return Workshop(tmp_path / "workshop")


@pytest.fixture
def collector(sqlite_engine: Engine, workshop: Workshop) -> Collector:
    """The job over the workshop, into a fresh SQLite file."""
    return Collector(sqlite_engine, workshop.path)


@pytest.fixture
def make_workshop(tmp_path: Path) -> Callable[..., Workshop]:
    """Makes further repositories by name."""
    return lambda name, *options: Workshop(tmp_path / name, *options)


@pytest.fixture
def make_collector(tmp_path: Path) -> Iterator[Callable[..., Collector]]:
    """Makes the job over any address, each into a fresh SQLite file."""
    engines: list[Engine] = []

    def make(address: str | Path) -> Collector:
        engines.append(connect(f"sqlite:///{tmp_path}/collected-{len(engines)}.db"))
        Record.metadata.create_all(engines[-1])
        return Collector(engines[-1], address)

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture
def collector_into() -> Callable[..., Collector]:
    """Makes the job over any address into a given database."""
    return Collector


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of three commits, so that a short history has many."""
    monkeypatch.setattr(commits, "PAGE", 3)


@pytest.fixture
def busy_history(workshop: Workshop) -> Workshop:
    """Merges, an octopus, a second root, a rename, a binary file, co-authors, papers, several people."""
    workshop.commit("Begin", content="a\nb\nc\n")
    workshop.commit("PR #12: Read faster", name="Bo", address="bo@two.example", date="1500010000 -0730")
    workshop.commit("Picture (#13)", file="picture.bin", content=bytes(range(256)) * 4)
    for branch in ("left", "right", "third"):
        workshop.git("checkout", "-q", "-b", branch, "main")
        for step in range(2):
            workshop.commit(
                f"{branch} {step}\n\nSee https://arxiv.org/abs/1706.0376{step}.\n\n"
                f"Co-authored-by: Di Two <DI@three.example>\nPiperOrigin-RevId: 1\n",
                name=f"Person {branch} as of {step}",
                address=f"{branch}@one.example",
                file=f"{branch}/{step} with\ttab.txt",
            )
    workshop.git("checkout", "-q", "main")
    workshop.commit("On the main line")
    workshop.merge("left", "right", "third")
    workshop.git("mv", "file.txt", "renamed\nover two lines.txt")
    workshop.commit("Rename", file="other.txt", content="x\n")
    workshop.git("checkout", "-q", "--orphan", "island")
    workshop.git("rm", "-rfq", ".")
    workshop.commit("A second root", file="island.txt", content="1\n2\n")
    workshop.git("checkout", "-q", "main")
    workshop.git("merge", "-q", "--allow-unrelated-histories", "-m", "Land the island", "island",
                 GIT_AUTHOR_NAME="Ann Author", GIT_AUTHOR_EMAIL="ann@one.example",
                 GIT_COMMITTER_NAME="Ann Author", GIT_COMMITTER_EMAIL="ann@one.example",
                 GIT_AUTHOR_DATE="1500600000 +0000", GIT_COMMITTER_DATE="1500600000 +0000")  # fmt: skip
    workshop.clock = 1_500_600_000
    workshop.commit("The end")
    return workshop
