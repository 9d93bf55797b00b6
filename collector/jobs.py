"""What a job is, and the table of all jobs: name, cadence, scope, function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection

from collector.errors import CollectorError

if TYPE_CHECKING:
    from collector.configuration import Configuration
    from collector.github.client import GitHub

Cursor = Mapping[str, Any]


@dataclass(frozen=True)
class Rejection:
    """A row that could not be taken: what it is, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class Page:
    """Rows by table, and the cursor from which the next page goes on.

    Both go down in one transaction. Tables are written in the order given.
    `removals` holds, by table, column values whose rows are deleted first.
    `expected_rows` is how many rows the source says it has in all, when it says.
    """

    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    cursor: Cursor
    removals: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    rejections: Sequence[Rejection] = ()
    expected_rows: int | None = None


@dataclass(frozen=True)
class Target:
    """What one run of a job is about.

    `repository` is OWNER/NAME as it is called now, `repository_id` its row's id;
    both are None for a job whose scope is the whole installation.
    """

    repository: str | None = None
    repository_id: int | None = None
    role: str | None = None
    clone_url: str | None = None

    @property
    def name(self) -> str:
        """How the ledger, cursors and leases call it."""
        return self.repository or "all"


@dataclass(frozen=True)
class Source:
    """All that a job may read from: the target, the outside world, what is held, and the time that it is.

    `held` opens a connection to the facts held, for reading alone; the run gives
    it. It is closed before a page is yielded: the page is written by another one.
    """

    target: Target
    configuration: Configuration
    github: GitHub | None
    now: datetime
    since: datetime | None = None
    held: Callable[[], Connection] | None = None


JobFunction = Callable[[Source, Cursor], Iterator[Page]]


@dataclass(frozen=True)
class Job:
    """One line of the table.

    `cadence` is the key in `[schedule]` of flowmeter.toml. `scope` says what one run
    is about: each tracked repository, those whose issues are followed, those in
    which proposals are made, those that are cloned, or the whole installation. `module`
    holds `collect`, which is imported when the job first runs. A run without a page for
    `silence` counts as stuck and is given up; one that is at work for `limit` ends after its page.
    """

    name: str
    cadence: str
    scope: Literal["repository", "activity", "proposals", "clone", "installation"]
    needs: Literal["github", "clone", "nothing"]
    module: str
    meaning: str
    silence: timedelta = timedelta(minutes=30)
    limit: timedelta = timedelta(hours=6)

    @property
    def asks_about_clones(self) -> bool:
        """Whether it asks others about what clones hold, so that those come first."""
        return self.scope == "clone" and self.needs != "clone"

    def function(self) -> JobFunction:
        """The job's function."""
        function: JobFunction = import_module(self.module).collect
        return function


#: Every job, in the order in which a first collection runs them: what is cheap and fills most pages first.
JOBS = (
    Job(
        "repositories",
        "repositories",
        "repository",
        "github",
        "collector.github.repositories",
        "Names, topics, licence, languages, totals; stars, forks and watchers of the day",
    ),
    Job(
        "history_counts",
        "history",
        "repository",
        "github",
        "collector.github.history_counts",
        "Commits a month by GitHub's own count, also where nothing is cloned",
    ),
    Job(
        "star_history",
        "popularity",
        "repository",
        "github",
        "collector.github.star_history",
        "Stars a day since the repository was made",
    ),
    Job(
        "releases",
        "releases",
        "activity",
        "github",
        "collector.github.releases",
        "Releases, and how many people each one thanks",
    ),
    Job(
        "forks",
        "popularity",
        "activity",
        "github",
        "collector.github.forks",
        "Forks by the day on which they were made",
    ),
    Job(
        "use_cases",
        "use_cases",
        "installation",
        "github",
        "collector.github.use_cases",
        "Repositories that use the project, classified by domain, platform and cloud",
    ),
    Job(
        "commits",
        "commits",
        "clone",
        "clone",
        "collector.git.commits",
        "Every commit of the default branch, from a clone",
        # A large repository comes over the network before there is a first page.
        silence=timedelta(hours=7),
        limit=timedelta(hours=24),
    ),
    Job(
        "pull_requests",
        "activity",
        "activity",
        "github",
        "collector.github.pull_requests",
        "Pull requests with their reviews, comments and labels",
    ),
    Job(
        "issues",
        "activity",
        "activity",
        "github",
        "collector.github.issues",
        "Issues with their comments and labels",
    ),
    Job(
        "proposals",
        "releases",
        "proposals",
        "github",
        "collector.github.proposals",
        "Requests for comments (RFCs) and what became of them",
    ),
    Job(
        "commit_comments",
        "releases",
        "activity",
        "github",
        "collector.github.commit_comments",
        "Comments on commits",
    ),
    Job(
        "first_issues",
        "follow_up",
        "activity",
        "github",
        "collector.github.first_issues",
        "Issues for newcomers: when they were offered, taken up and solved",
    ),
    Job(
        "commit_accounts",
        "follow_up",
        "clone",
        "github",
        "collector.github.commit_accounts",
        "Whose the addresses in commits are, as GitHub knows",
    ),
    Job(
        "profiles",
        "follow_up",
        "installation",
        "github",
        "collector.github.profiles",
        "Public profiles of the accounts that acted: once each, then slowly anew",
    ),
    Job(
        "reconciliation",
        "reconciliation",
        "activity",
        "github",
        "collector.github.reconciliation.job",
        "What is held beside GitHub's own totals: differences are read again, what is gone gets its state",
    ),
    Job(
        "dependents",
        "dependents",
        "installation",
        "github",
        "collector.github.dependents",
        "Repositories whose dependency files name the project",
    ),
    Job(
        "benchmarks",
        "benchmarks",
        "installation",
        "nothing",
        "collector.benchmarks.ingest",
        "Benchmark files from the configured sources, and the published reference facts",
    ),
    Job(
        "measurements",
        "measurements",
        "installation",
        "nothing",
        "collector.benchmarks.measuring.run",
        "XLA on against off, measured on this machine, where flowmeter.toml asks for it",
    ),
)


def job_named(name: str) -> Job:
    """The job of that name; raises `CollectorError` with the names that there are."""
    for job in JOBS:
        if job.name == name:
            return job
    raise CollectorError(
        "is no job",
        to=repr(name),
        next_step=f"Choose from {', '.join(job.name for job in JOBS)}",
        retry=False,
    )
