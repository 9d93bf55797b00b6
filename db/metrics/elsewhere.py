"""Metrics that another engine than the copy in columns computes, as the refresh takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlalchemy import Engine

from db.metrics.catalogue import Definition


@dataclass(frozen=True)
class Answer:
    """All rows that a metric's SELECT gives, in its columns, and how many seconds that took."""

    metric: str
    rows: pa.Table
    seconds: float


#: Given the database and the metrics that are wanted, the answers to those of them that it can compute.
#: It is asked when people and contributions are what the facts say.
Elsewhere = Callable[[Engine, Sequence[Definition]], Iterator[Answer]]
