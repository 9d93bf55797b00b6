"""Flowmeter as it is run by anybody: the command `flowmeter collect` into a fresh SQLite file."""

from __future__ import annotations

import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path

from beside.measured import Cost, run
from collector.jobs import JOBS

COMMAND = Path(sys.executable).with_name("flowmeter")
#: One repository is followed; the search for use cases is about all of GitHub, not about it.
ABOUT_ALL_OF_GITHUB = ("use_cases",)
CONFIGURATION = """
[project]
name = "Bench"
steward = "Google"
baseline = 2017-02-13
repository = "{repository}"

[repositories]
core = ["{repository}"]
"""
KINDS = {
    "identities": "accounts",
    "popularity": "days of stars",
    "fork_counts": "days of forks",
    "history_counts": "months of commits",
}
FACTS_NOT = ("collector_runs", "cursors", "leases", "alembic_version", "scopes", "scope_repositories")


@dataclass(frozen=True)
class JobRun:
    """A line of the ledger: what a job asked and wrote."""

    job: str
    requests: int
    points: int
    rows: int
    seconds: float


class Flowmeter:
    """An installation in a folder, asking the GitHub at `url`."""

    def __init__(self, folder: Path, url: str, repository: str) -> None:
        self._folder = folder
        self.database = folder / "flowmeter.db"
        configuration = folder / "flowmeter.toml"
        configuration.write_text(CONFIGURATION.format(repository=repository), encoding="utf-8")
        self._variables = {
            "FLOWMETER_DATABASE_URL": f"sqlite:///{self.database}",
            "FLOWMETER_CONFIG": str(configuration),
            "FLOWMETER_GITHUB_URL": url,
            "FLOWMETER_IDENTITY_KEY": "a key for this benchmark",
            "GITHUB_TOKEN": "flowmeter-bench",
        }
        run([COMMAND, "db", "upgrade"], folder, self._variables)

    def collect(self, *, with_commits: bool = False) -> Cost:
        """All that GitHub is asked about the repository; commits come from a clone, for no request."""
        jobs = [job.name for job in JOBS if job.needs == "github" and job.name not in ABOUT_ALL_OF_GITHUB]
        jobs += ["commits"] if with_commits else []
        return run([COMMAND, "collect", *jobs], self._folder, self._variables)

    def ledger(self) -> list[JobRun]:
        """The runs since the last time that this was asked, in order."""
        with sqlite3.connect(self.database) as connection:
            rows = connection.execute(
                "SELECT job, requests, points, rows, state, error,"
                " (julianday(ended_at) - julianday(started_at)) * 86400"
                " FROM collector_runs ORDER BY run_id"
            ).fetchall()
            connection.execute("DELETE FROM collector_runs")
        for job, *_, state, error, _ in rows:
            if state != "done":
                sys.exit(f"flowmeter's job {job} ended as {state}: {error}")
        return [
            JobRun(job, requests, points, count, seconds)
            for job, requests, points, count, _, _, seconds in rows
        ]

    def rows(self) -> dict[str, int]:
        """How many rows each table of facts holds."""
        with sqlite3.connect(self.database) as connection:
            names = [
                name
                for (name,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                )
                if name not in FACTS_NOT
            ]
            counts = {
                name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names
            }
        return {name: count for name, count in counts.items() if count}

    def rows_by_kind(self) -> dict[str, int]:
        """The same under the names that rows of all programs go by."""
        return {KINDS.get(name, name.replace("_", " ")): count for name, count in self.rows().items()}
