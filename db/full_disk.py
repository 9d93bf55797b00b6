"""A disk that is full, told in one sentence, whoever met it: Python, DuckDB or Arrow."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from db.faults import Unavailable

#: How DuckDB and the system say it.
SAID = "No space left on device"


@contextmanager
def told_of_a_full_disk(place: Path) -> Iterator[None]:
    """Raises `Unavailable` where a file at a place, or beside it, finds no room; other errors pass."""
    try:
        yield
    except (OSError, duckdb.Error, pa.ArrowException) as error:
        if getattr(error, "errno", None) not in (errno.ENOSPC, errno.EDQUOT) and SAID not in str(error):
            raise
        raise Unavailable(
            "its disk is full",
            to=str(place),
            next_step="Make room on it, and do the same again: nothing is left half-written",
        ) from error
