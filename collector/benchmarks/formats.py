"""The interface that a benchmark format offers, and the normalised results that it gives.

A format is one module in `collector/benchmarks/readers` whose `FORMAT` is an
object that has what `Format` asks for: adding one is adding that file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import BinaryIO, Final, Literal, NamedTuple, Protocol

from collector.benchmarks.hardware import Hardware
from collector.benchmarks.software import Software
from collector.benchmarks.units import Metric
from collector.jobs import Rejection

Claim = Literal["measured", "published", "inferred", "second-hand"]
#: No line of a format that is read line by line is longer; a longer one is refused, not held in memory.
LONGEST_LINE = 1 << 20
#: A format's `precedence`, by what it is recognised by: a beginning that nothing else has …
SIGNATURE: Final = 0
#: … the published names and places of its files, or marks that other formats' files may hold too …
LAYOUT: Final = 1
#: … or no more than the form that its content has.
SHAPE: Final = 2


@dataclass(frozen=True)
class File:
    """A file to be read: its path within the folder or archive, its size in bytes, and how to open it.

    `modified` is the date that folder, archive or repository give it: of use where
    its content states none.
    """

    path: str
    size: int
    open: Callable[[], BinaryIO] = field(compare=False, repr=False)
    modified: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Case:
    """What was run."""

    suite: str
    name: str
    division: str | None = None
    scenario: str | None = None


@dataclass(frozen=True)
class Series:
    """What makes results comparable over time; the software's version is no part of it."""

    case: Case
    hardware: Hardware
    software: Software
    metric: Metric

    @cached_property
    def _hash(self) -> int:
        return hash((self.case, self.hardware, self.software, self.metric))

    def __hash__(self) -> int:
        # Looked up once a result: of four nested records the hash is made once only.
        return self._hash


class Result(NamedTuple):
    """One value, in the metric's own unit, as are `low`, `high` and `spread`.

    `natural_key` makes it one within suite and metric, wherever and however
    often it is read. (A tuple, since histories hold tens of thousands of them.)
    """

    series: Series
    natural_key: str
    measured_at: datetime
    value: float
    claim: Claim
    low: float | None = None
    high: float | None = None
    samples: int = 1
    spread: float | None = None
    invalid_reason: str | None = None
    submitter: str | None = None
    system: str | None = None
    status: str | None = None
    round: str | None = None
    revision: str | None = None


@dataclass(frozen=True)
class Reading:
    """What one group of files gave: where it comes from, and its results and refusals."""

    location: str
    outcomes: Iterable[Result | Rejection]
    revision: str | None = None
    license: str | None = None


class Format(Protocol):
    """A way in which benchmarks are written down."""

    @property
    def name(self) -> str:
        """How `benchmark_sources.format` calls it."""

    @property
    def precedence(self) -> int:
        """When it is asked whether a file is its own: `SIGNATURE`, `LAYOUT` or `SHAPE`; equals by name."""

    @property
    def beside(self) -> re.Pattern[str] | None:
        """Paths of files without results that say more of this format's, as a system's description does.

        Such a file may belong to several formats; it is never a source of its own.
        """

    def recognise(self, path: str, head: bytes) -> bool:
        """Whether a file holds results in this format, by its path and first bytes."""

    def groups(self, files: Sequence[File]) -> Iterator[Sequence[File]]:
        """The files of one folder or archive that are its own or stand beside, as they are to be read.

        In a group the files that it was given for stand somewhere; what stands
        beside may be in several groups or in none.
        """

    def read(self, files: Sequence[File]) -> Reading:
        """One group, read. Whatever is wrong with its content becomes a `Rejection`, not an error."""


class EachFileAlone:
    """What the formats have in common whose files say all there is to say: each is read for itself."""

    beside: re.Pattern[str] | None = None

    def groups(self, files: Sequence[File]) -> Iterator[Sequence[File]]:
        """Every file for itself."""
        for file in files:
            yield [file]


def refusal(value: object, metric: Metric) -> str | None:
    """Why a value cannot be a measurement, or None when it can."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"the value {str(value)[:60]!r} is not a number"
    try:
        finite = math.isfinite(value)
    except OverflowError:
        return "the value is too large to be a measurement"
    if not finite:
        return f"the value is {value}"
    if value == -1:
        return "the value is -1, which stands for missing"
    if value < 0:
        return f"the value {value} is negative, which no {metric.name} can be"
    if value == 0 and metric.dimension in ("time", "rate"):
        return f"the value is 0, which no {metric.name} can be"
    return None


def lines(file: File) -> Iterator[bytes | Rejection]:
    """A file line by line, in bounded memory: a line that is too long becomes one `Rejection`."""
    with file.open() as content:
        number = 0
        while True:
            line = content.readline(LONGEST_LINE)
            if not line:
                return
            number += 1
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                while line and not line.endswith(b"\n"):
                    line = content.readline(LONGEST_LINE)
                yield Rejection(f"{file.path}:{number}", f"the line is longer than {LONGEST_LINE} bytes")
                continue
            yield line
