"""Which metrics there are: a file each, whose name is theirs."""

from __future__ import annotations

from pathlib import Path


def metric_names() -> list[str]:
    """The names of all metrics, in no order of meaning; what their files say is the catalogue's to read."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*/*.sql"))
