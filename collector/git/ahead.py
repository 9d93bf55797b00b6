"""Reading a child's output ahead of its user, so that the child works on while a page is written."""

from __future__ import annotations

import os
import threading
from collections import deque
from types import TracebackType
from typing import IO

from collector.errors import CollectorError

#: How far the child may run ahead, in bytes; then it waits.
AHEAD = 8 << 20
#: How much is handed over at once, in bytes, while there is more to come.
PORTION = 256 << 10


class Reader:
    """A thread that empties a pipe into memory, up to a limit, until the pipe ends or the block is left."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._held: deque[bytes] = deque()
        self._size = 0
        self._change = threading.Condition()
        self._ended = False
        self._abandoned = False
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._read, name="git output", daemon=True)

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # By now the child has ended, so that the thread's read does too.
        with self._change:
            self._abandoned = True
            self._change.notify_all()
        self._thread.join()
        self._pipe.close()

    def take(self, limit: float, shown: str) -> bytes:
        """What has come since the last time, waiting for it; nothing at the pipe's end.

        Raises `CollectorError` when nothing came within `limit` seconds.
        """
        with self._change:
            self._change.wait_for(lambda: self._ended or self._size >= PORTION, timeout=limit)
            if self._failure is not None:
                raise self._failure
            if not self._held and not self._ended:
                raise CollectorError(
                    f"git said nothing for {limit:.0f} seconds",
                    to=shown,
                    next_step="Check the disk; the next scheduled run goes on from the last page",
                )
            taken, size = [], 0
            while self._held and size < PORTION:
                taken.append(self._held.popleft())
                size += len(taken[-1])
            self._size -= size
            self._change.notify_all()
        return b"".join(taken)

    def _read(self) -> None:
        file = self._pipe.fileno()
        try:
            while chunk := os.read(file, PORTION):
                with self._change:
                    self._held.append(chunk)
                    self._size += len(chunk)
                    if self._size >= PORTION:
                        self._change.notify_all()
                        self._change.wait_for(lambda: self._size < AHEAD or self._abandoned)
                    if self._abandoned:
                        return
        except OSError as error:
            self._failure = error
        finally:
            with self._change:
                self._ended = True
                self._change.notify_all()
