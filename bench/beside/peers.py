"""Perceval and github-to-sqlite from PyPI, each in an environment of its own, asking the same server.

Neither is changed. Perceval is told the server's address by its own option. github-to-sqlite has
GitHub's address fixed in its code and takes answers apart by it: a module that Python loads at its start
sends what goes there to the simulated GitHub, and writes GitHub's address into the answers.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import venv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from beside.measured import Cost, run

#: What stands in a module that Python loads at its start (`sitecustomize`).
ELSEWHERE = """
import os
import requests

GITHUB = "https://api.github.com"
HERE = os.environ.get("BENCH_GITHUB_URL", GITHUB)
_send = requests.Session.send

def send(self, request, **how):
    request.url = request.url.replace(GITHUB, HERE, 1)
    answer = _send(self, request, **how)
    answer._content = answer.content.replace(HERE.encode(), GITHUB.encode())
    if "link" in answer.headers:
        answer.headers["link"] = answer.headers["link"].replace(HERE, GITHUB)
    return answer

requests.Session.send = send
"""
#: Rows by kind, named alike for all programs.
Rows = Counter[str]


@dataclass(frozen=True)
class Result:
    """What a program cost and what it holds in the end."""

    cost: Cost
    rows: Rows


Peer = Callable[[Path, Path, str, str], Result]


def environment(folder: Path, package: str) -> Path:
    """The folder of programs of a virtual environment that holds a package from PyPI."""
    place = folder / package
    programs = place / "bin"
    if not (programs / package).exists():
        venv.create(place, with_pip=True)
        installed = subprocess.run(
            [programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package],
            capture_output=True,
            text=True,
            check=False,
        )
        if installed.returncode:
            sys.exit(f"{package} could not be installed from PyPI:\n{installed.stderr[-2000:]}")
    return programs


def version(programs: Path, package: str) -> str:
    """Which version of a package is installed."""
    told = subprocess.run(
        [programs / "python", "-c", f"import importlib.metadata as m; print(m.version({package!r}))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip()


def perceval(programs: Path, folder: Path, url: str, repository: str) -> Result:
    """Its three categories of GitHub, one after the other: issues, pull requests, the repository."""
    owner, _, name = repository.partition("/")
    cost = Cost()
    rows: Rows = Counter()
    for category in ("issue", "pull_request", "repository"):
        output = folder / f"{category}.jsonl"
        command: list[str | Path] = [
            *(programs / "perceval", "github", owner, name, "--category", category, "--no-archive"),
            *("--enterprise-url", url, "-t", "perceval-bench", "-o", output, "--json-line"),
        ]
        cost = cost.then(run(command, folder, {"HOME": str(folder)}))
        with output.open(encoding="utf-8") as lines:
            people = set()
            for line in lines:
                rows += _rows_of_item(json.loads(line)["data"], category, people)
            rows["accounts"] = max(rows["accounts"], len(people))
    return Result(cost, rows)


def _rows_of_item(data: dict[str, Any], category: str, people: set[str]) -> Rows:
    """An item and everything that hangs on it; an account is counted once, however often it stands there."""
    rows: Rows = Counter()
    if category == "repository":
        rows["repositories"] = 1
        return rows
    rows["pull requests" if category == "pull_request" else "issues and pull requests as issues"] = 1
    said = data.get("comments_data") or []
    remarks = data.get("review_comments_data") or []
    reviews = data.get("reviews_data") or []
    rows["comments"] = len(said) + len(remarks)
    rows["reviews"] = len(reviews)
    if category == "issue":  # a pull request's labels come with it as an issue already
        rows["labels"] = len(data.get("labels") or [])
    reactions = data.get("reactions_data") or []
    for each in (*said, *remarks):
        reactions = reactions + (each.get("reactions_data") or [])
    rows["reactions"] = len(reactions)
    rows["commits of pull requests"] = len(data.get("commits_data") or [])
    for each in (data, *said, *remarks, *reviews, *reactions):
        user = each.get("user_data") or {}
        if user.get("login"):
            people.add(user["login"])
    return rows


#: github-to-sqlite's commands for one repository, in the order of its own manual; stargazers are refused
#: to all but a repository's own people since July 2026.
COMMANDS = (
    "repos",
    "issues",
    "pull-requests",
    "issue-comments",
    "commits",
    "contributors",
    "releases",
    "tags",
)
NAMES = {
    "repos": "repositories",
    "issues": "issues and pull requests as issues",
    "pull_requests": "pull requests",
    "issue_comments": "comments",
    "issues_labels": "labels",
    "labels": "kinds of label",
    "labels_pull_requests": "labels of pull requests, again",
    "raw_authors": "names and addresses in commits",
    "users": "accounts",
}
INDEXES = ("_fts", "_fts_config", "_fts_data", "_fts_docsize", "_fts_idx", "_fts_segdir", "_fts_segments")


def github_to_sqlite(programs: Path, folder: Path, url: str, repository: str) -> Result:
    """Each of its commands that is about one repository, into one file."""
    library = next((programs.parent / "lib").glob("python*/site-packages"))
    (library / "sitecustomize.py").write_text(ELSEWHERE, encoding="utf-8")
    database, secret = folder / "peer.db", folder / "auth.json"
    secret.write_text(json.dumps({"github_personal_token": "github-to-sqlite-bench"}), encoding="utf-8")
    cost = Cost()
    for name in COMMANDS:
        about: list[str | Path] = [database, repository, "--auth", secret]
        if name == "repos":
            about = [database, "--repo", repository, "--auth", secret]
        elif name == "pull-requests":
            about += ["--state", "all"]
        elif name == "commits":
            about += ["--all"]
        variables = {"BENCH_GITHUB_URL": url, "HOME": str(folder)}
        cost = cost.then(run([programs / "github-to-sqlite", name, *about], folder, variables))
    with sqlite3.connect(database) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.endswith(INDEXES) and not name.startswith("sqlite_")
        ]
        rows: Rows = Counter()
        for name in tables:
            rows[NAMES.get(name, name)] += connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
    return Result(cost, rows)


PEERS: dict[str, Peer] = {
    "perceval": perceval,
    "github-to-sqlite": github_to_sqlite,
}
