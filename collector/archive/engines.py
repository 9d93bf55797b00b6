"""What an engine has to do, and which one a name means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from collector.archive.lake import Lake
from collector.archive.selection import Selection
from collector.errors import CollectorError

#: Masters of Spark: a cluster, or as many threads of this machine.
SPARK = ("spark://", "local[")
#: GitHub's number of a repository and the id of its row.
Followed = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class HourFile:
    """An hour's file that can be read: whole, or what was salvaged of it."""

    hour: datetime
    path: Path


class Engine(Protocol):
    """Turns hour files into staged events, and the lake's events into facts."""

    #: Hours that are staged by one call.
    at_once: int

    def stage(self, files: Sequence[HourFile], selection: Selection) -> None:
        """Write the rows of each hour's file that are chosen, or no events, into its staged file."""

    def make_facts(self, fresh: Sequence[datetime], followed: Followed, into: Path) -> None:
        """Write the fact tables' rows that the fresh hours touch, as Parquet under the facts' names."""

    def close(self) -> None:
        """Let go of what it holds."""


def require_engine(name: str) -> None:
    """Raises `CollectorError` for a name that is no engine's."""
    if name != "local" and not name.startswith(SPARK):
        raise CollectorError(
            "is no engine",
            to=repr(name),
            next_step="Write local or spark://HOST:PORT with --engine",
            retry=False,
        )


def engine_named(name: str, lake: Lake) -> Engine:
    """`local`, or the Spark cluster at `spark://HOST:PORT`; raises `CollectorError` for anything else."""
    require_engine(name)
    if name.startswith(SPARK):
        from collector.archive.spark import SparkEngine

        return SparkEngine(name, lake)
    from collector.archive.local import LocalEngine

    return LocalEngine(lake)
