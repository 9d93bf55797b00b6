"""How many questions are answered at once; others wait for their turn, and then are told to come back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from db.errors import DatabaseError

#: Questions that are answered at once, so that pages keep a core.
AT_ONCE: Final = 2
#: How long a question waits for its turn, in seconds, where nobody says otherwise.
TURN: Final = 10.0
_turns = threading.BoundedSemaphore(AT_ONCE)


class TooMany(DatabaseError):
    """Others are asking; the same question can be asked again in a moment."""


@contextmanager
def turn(patience: float) -> Iterator[None]:
    """Holds one of the places; raises `TooMany` when none has come free after `patience` seconds."""
    if not (_turns.acquire(timeout=patience) if patience > 0 else _turns.acquire(blocking=False)):
        waited = f"has waited {patience:g} s for its turn" if patience > 0 else "has to wait for its turn"
        raise TooMany(waited, to="the query", next_step="Others are asking; try again in a moment")
    try:
        yield
    finally:
        _turns.release()
