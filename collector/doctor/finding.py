"""What an examination finds: one thing that was looked at, its state, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["good", "attention", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: its state, what was found, and what to do."""

    check: str
    state: State
    found: str
    next_step: str = ""

    @property
    def row(self) -> tuple[str, str, str, str]:
        """The finding as a line of a table."""
        return (self.check, self.state, self.found, self.next_step)
