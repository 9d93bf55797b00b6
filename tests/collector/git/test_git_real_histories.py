"""Real histories of TensorFlow's repositories, collected, equal what git says of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.real


def asked(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "surrogateescape")


@pytest.mark.parametrize("name", ["tensorflow+community", "tensorflow+addons", "tensorflow+tensorboard"])
def test_a_real_history_is_held_as_git_counts_it(
    name: str, shared_data: Path, tmp_path: Path, make_collector: Any
) -> None:
    repository = tmp_path / f"{name}.git"
    source = shared_data / "history" / f"{name}.commits.csv.gz"
    build = shared_data.parent / "tools/build-history"
    subprocess.run([sys.executable, build, source, repository], check=True, capture_output=True)
    collector = make_collector(repository)
    collector.run()
    rows = collector.rows("commits")
    assert len(rows) == int(asked(repository, "rev-list", "--count", "HEAD"))
    assert sum(row["parents"] > 1 for row in rows) == int(
        asked(repository, "rev-list", "--merges", "--count", "HEAD")
    )
    authors = set(asked(repository, "log", "--format=%aE").lower().splitlines())
    assert len({row["author_id"] for row in rows}) == len(authors)
    changes = [line.split("\t") for line in asked(repository, "log", "--numstat", "--format=").splitlines()]
    counted = [change for change in changes if len(change) == 3]
    assert sum(row["files"] for row in rows) == len(counted)
    assert sum(row["additions"] for row in rows) == sum(int(change[0]) for change in counted)
    assert sum(row["deletions"] for row in rows) == sum(int(change[1]) for change in counted)
    assert collector.run() == []
