"""How well people are told from bots and proxies, and identities of one person from those of others.

    .venv/bin/python bench/people.py [--history FOLDER] [--scale 0.01]

Judges against labels: on real histories (a folder of `*.commits.csv.gz` with hashed names) those of
`kinds.csv`, given by reading what each author committed; on the simulated community the truth that it was
made from. Prints the table of docs/people.md, precision (how many of those called so are) and recall (how
many of those who are so are called so).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

# What is measured beside this file is called github.py: it is not the package of that name.
if str(Path(__file__).resolve().parent) in sys.path:
    sys.path.remove(str(Path(__file__).resolve().parent))

from collector.collection import Collection
from collector.configuration import load
from collector.github.client import GitHub
from collector.jobs import job_named
from collector.simulator.people import Population
from collector.simulator.server import Simulator
from db.engine import connect, writing
from db.people.identities import address_hash, email_identity
from db.people.kinds import Rule, read_rules
from db.people.resolve import refresh_people
from db.repositories import register
from db.schema import Record, table
from db.upsert import upsert

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SEED = 3
KINDS = ("human", "bot", "proxy")
#: Of the simulated accounts that no person acts through, those that carry other people's work.
PROXIES = ("tensorflow-copybara", "tensorflower-gardener", "tfx-copybara", "copybara-service")
#: The repositories of the community that are collected: two that land by Copybara, one by squashing.
COLLECTED = ("tensorflow/tensorflow", "keras-team/keras", "tensorflow/serving")
JOBS = ("repositories", "commits", "issues", "pull_requests", "commit_accounts", "profiles")
#: What each labelled author is, and why where that is not plain; people by the hash of a hash.
LABELS = Path(__file__).with_name("kinds.csv")
#: Hash of a name in the real histories → the public name of a program, which is nobody's own.
PROGRAMS = {
    "606dacd1401a": "A. Unique TensorFlower",
    "38e763b15536": "TensorFlower Gardener",
    "6b0f6b9a8adc": "TensorFlow Release Automation",
    "273c141b756a": "dependabot[bot]",
}


@dataclass(frozen=True)
class Verdict:
    """Who of a kind was found, who was called so, and how many of these are right."""

    where: str
    what: str
    true: int
    called: int
    right: int

    @property
    def row(self) -> str:
        """A row of the table."""
        precision = f"{self.right / self.called:.2%}" if self.called else "–"
        recall = f"{self.right / self.true:.2%}" if self.true else "–"
        figures = f"{self.true:,} | {self.called:,} | {self.right:,} | {precision} | {recall}"
        return f"| {self.where} | {self.what} | {figures} |"


HEAD = (
    "| where | what | there are | called so | right | precision | recall |\n"
    "|---|---|---:|---:|---:|---:|---:|"
)


def read_labels(file: Path = LABELS) -> dict[str, str]:
    """Author (hash of an address that is a hash already) → kind, as somebody judged by reading the commits.

    Read were all who do something that programs do (one message or its beginning over and over, words of
    robots, every hour of the day, several names, bursts, an address of the project) and a random sample
    of 200 of the others.
    """
    with file.open(encoding="utf-8", newline="") as stream:
        return {row["author"]: row["kind"] for row in csv.DictReader(stream)}


def real(folder: Path) -> list[Verdict]:
    """The rules on the labelled authors of the real histories, by author and by commit.

    Names are hashed there: once as they are, and once with the public names of programs put back.
    """
    commits_of: Counter[int] = Counter()
    label_of: dict[int, str] = {}
    labels = read_labels()
    verdicts: list[Verdict] = []
    with _Database() as engine, writing(engine).begin() as connection:
        identities: dict[int, dict[str, Any]] = {}
        for file in sorted(folder.glob("*.commits.csv.gz")):
            name = file.name.removesuffix(".commits.csv.gz").replace("+", "/")
            repository = register(connection, {name: "core"})[name]
            commits = []
            for row in _rows(file):
                at = datetime.fromisoformat(row["committed_at"].replace("Z", "+00:00")).astimezone(UTC)
                address = f"{row['email']}@{row['email_domain']}"
                seen = email_identity(address, row["author"], at, at)
                author = seen["identity_id"]
                identities.setdefault(author, seen)
                commits_of[author] += 1
                label = labels.get(hashlib.sha256(address.encode()).hexdigest()[:12])
                if label is not None:
                    label_of[author] = label
                commits.append(
                    {
                        "repository_id": repository, "sha": row["sha"], "author_id": author,
                        "committer_id": author, "authored_at": at, "author_offset": 0,
                        "committed_at": at, "day": at.date(), "parents": len(row["parents"].split()),
                        "subject": row["subject"],
                    }
                )  # fmt: skip
            upsert(connection, table("commits"), commits)
        for names in ("real, names hashed", "real, programs by name"):
            if names.endswith("by name"):
                for seen in identities.values():
                    seen["name"] = PROGRAMS.get(seen["name"], seen["name"])
            upsert(connection, table("identities"), identities.values())
            refresh_people(connection)
            found = _kinds(connection)
            authors, weighed = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
            for each, true in label_of.items():
                authors[true, found[each]] += 1
                weighed[true, found[each]] += commits_of[each]
            verdicts += [*_verdicts(f"{names}: authors", authors), *_verdicts(f"{names}: commits", weighed)]
    return verdicts


def simulated(engine: Engine, population: Population) -> list[Verdict]:
    """The rules on a collected community, without and with the lists of known logins; and the joining."""
    truth = truth_of(population)
    verdicts: list[Verdict] = []
    pairs: list[tuple[int, int]] = []
    for where, rules in (
        ("simulated, without lists of logins", _without_logins(read_rules())),
        ("simulated community", read_rules()),
    ):
        with writing(engine).begin() as connection:
            refresh_people(connection, rules=rules)
            found = _kinds(connection)
            held = connection.execute(
                text("SELECT identity_id, kind, github_user_id, address_hash, person_id FROM identities")
            ).all()
        called: Counter[tuple[str, str]] = Counter()
        pairs = []
        for identity, kind, number, hashed, person in held:
            index = truth.get(f"github:{number}" if kind == "login" else f"email:{hashed}")
            if index is not None:
                pairs.append((index, person))
                if kind == "login":
                    called[_true_kind(population, index), found[identity]] += 1
        verdicts += _verdicts(where, called)
    return [*verdicts, _joined("simulated community", pairs)]


def collect(engine: Engine, url: str) -> None:
    """Everything about people that a collection brings from a simulated GitHub."""
    configuration = load(Path(__file__).resolve().parents[1] / "flowmeter.toml")
    collection = Collection(
        engine,
        configuration,
        lambda: GitHub(url, ["a-token"], now=lambda: NOW),
        simulated=True,
        github_url=url,
        clock=lambda: NOW,
    )
    collection.prepare()
    for name in JOBS:
        for repository in COLLECTED if name != "profiles" else (None,):
            for end in collection.run([job_named(name)], repository=repository):
                if end.state != "done":
                    raise RuntimeError(f"{end.job} {end.target}: {end.state} {end.error}")


def truth_of(population: Population) -> dict[str, int]:
    """Account or address hash → the place of the person in the community."""
    truth = {}
    for person in population.people:
        truth[f"github:{person.identity}"] = person.index
        for start, _ in person.employers:
            for moment in (start, start + 1):
                truth[f"email:{address_hash(person.email_at(moment))}"] = person.index
    return truth


def _true_kind(population: Population, index: int) -> str:
    if index < population.humans:
        return "human"
    return "proxy" if population.people[index].login in PROXIES else "bot"


def _joined(where: str, pairs: Sequence[tuple[int, int]]) -> Verdict:
    """Pairs of identities that are one person, that were joined, and both."""

    def count(groups: Mapping[Any, int]) -> int:
        return sum(size * (size - 1) // 2 for size in groups.values())

    true, called = Counter(index for index, _ in pairs), Counter(person for _, person in pairs)
    return Verdict(where, "two identities of one person", count(true), count(called), count(Counter(pairs)))


def _without_logins(rules: Sequence[Rule]) -> list[Rule]:
    return [replace(rule, logins=frozenset({"-"})) if rule.logins else rule for rule in rules]


def _verdicts(where: str, called: Mapping[tuple[str, str], int]) -> Iterator[Verdict]:
    for kind in KINDS:
        true = sum(count for (is_so, _), count in called.items() if is_so == kind)
        said = sum(count for (_, is_called), count in called.items() if is_called == kind)
        yield Verdict(where, kind, true, said, called.get((kind, kind), 0))


def _kinds(connection: Any) -> dict[int, str]:
    rows = connection.execute(
        text("SELECT i.identity_id, p.kind FROM identities i JOIN people p ON p.person_id = i.person_id")
    )
    return {row[0]: row[1] for row in rows}


def _rows(file: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(10**9)
    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


class _Database:
    """A fresh SQLite file for a while."""

    def __enter__(self) -> Engine:
        self._folder = tempfile.TemporaryDirectory()
        self._engine = connect(f"sqlite:///{self._folder.name}/people.db")
        Record.metadata.create_all(self._engine)
        return self._engine

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()
        self._folder.cleanup()


def main() -> int:
    """Print the table."""
    os.environ.setdefault("FLOWMETER_IDENTITY_KEY", "a key for measuring")
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--history", type=Path)
    ask.add_argument("--scale", type=float, default=0.01)
    want = ask.parse_args()
    print(HEAD)
    for verdict in real(want.history) if want.history else ():
        print(verdict.row)
    with _Database() as engine, Simulator(scale=want.scale, seed=SEED, now=NOW) as server:
        collect(engine, server.url)
        for verdict in simulated(engine, server.community.population):
            print(verdict.row)
    return 0


if __name__ == "__main__":
    sys.exit(main())
