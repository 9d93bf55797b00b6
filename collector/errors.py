"""The one exception type that collectors raise for what a person can put right."""

from __future__ import annotations


class CollectorError(Exception):
    """What happened, to what, and what to do next.

    `retry` says whether the next scheduled run may succeed without anybody
    doing anything (a time-out, say) or not (a bad token).
    """

    def __init__(self, happened: str, *, to: str, next_step: str, retry: bool = True) -> None:
        super().__init__(f"{to}: {happened}. {next_step}")
        self.happened = happened
        self.to = to
        self.next_step = next_step
        self.retry = retry
