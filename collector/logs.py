"""Log lines: one an event, on standard error, as loud as the environment asks for."""

from __future__ import annotations

import logging
import os
import sys

from collector.errors import CollectorError

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
#: Libraries whose every step is nobody's news, and the level from which they are heard.
QUIETER = {
    "apscheduler": "WARNING",
    "alembic": "WARNING",
    "github": "WARNING",
    "urllib3": "WARNING",
    "sqlglot": "ERROR",
}


def set_up() -> None:
    """Log to standard error at `FLOWMETER_LOG_LEVEL`; raises `CollectorError` for a level that is none."""
    level = os.environ.get("FLOWMETER_LOG_LEVEL", "INFO").upper()
    if level not in LEVELS:
        raise CollectorError(
            f"{level!r} is no level",
            to="FLOWMETER_LOG_LEVEL",
            next_step=f"Choose from {', '.join(LEVELS)}",
            retry=False,
        )
    logging.basicConfig(stream=sys.stderr, level=level, format="%(asctime)s %(levelname)s %(message)s")
    for name, from_level in QUIETER.items():
        logging.getLogger(name).setLevel(from_level)
