"""What a job is, and the table of all jobs: name, cadence, scope, function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

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
    """All that a job may read from: the target, the outside world, and the time that it is."""

    target: Target
    configuration: Configuration
    github: GitHub | None
    now: datetime
    since: datetime | None = None


JobFunction = Callable[[Source, Cursor], Iterator[Page]]


@dataclass(frozen=True)
class Job:
    """One line of the table.

    `roles` names the repositories that it runs for (empty: one run for the whole
    installation). `cadence` is the key in `[schedule]` of flowmeter.toml. `needs`
    is what must be there for it to run at all: GitHub, or a clone.
    """

    name: str
    cadence: str
    roles: tuple[str, ...]
    needs: Literal["github", "clone", "nothing"]
    function: Callable[[], JobFunction]
    meaning: str
