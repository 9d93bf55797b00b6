"""One refresh at a time: in this process, and on PostgreSQL over all processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

#: PostgreSQL: two refreshes wait for each other under this number (any that nothing else uses).
LOCK = 7_115_220_317
#: Two refreshes of this process wait for each other here; those of others at the copy's file.
ONE = threading.Lock()


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Wait until no other refresh is on its way, and keep others waiting."""
    with ONE:
        if engine.dialect.name != "postgresql":
            yield
            return
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": LOCK})
            try:
                yield
            finally:
                # The lock ends with its session, also where the server hears no more.
                connection.invalidate()
