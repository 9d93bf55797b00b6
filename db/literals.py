"""Values as text of DuckDB's SQL, for the few places that take no parameters: files to write, and views."""

from __future__ import annotations

from pathlib import Path


def quoted(path: Path | str) -> str:
    """A path as a text of SQL, whatever stands in it."""
    return "'" + str(path).replace("'", "''") + "'"
