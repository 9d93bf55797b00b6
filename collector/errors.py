"""The one exception type that collectors raise, for what a person can put right or what comes too early."""

from __future__ import annotations

from datetime import datetime


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


class ComesLater(CollectorError):
    """Something else has to be done first: the job yields its place.

    `resume_at` (UTC) is when it goes on without that; None when it does not.
    """

    def __init__(self, happened: str, *, to: str, next_step: str, resume_at: datetime | None) -> None:
        super().__init__(happened, to=to, next_step=next_step)
        self.resume_at = resume_at
