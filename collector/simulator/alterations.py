"""What has been done to a repository by hand since it was generated: its name, its state, its issues."""

from dataclasses import dataclass, field
from typing import Literal

State = Literal["public", "private", "blocked", "deleted"]
Fate = Literal["deleted", "transferred", "converted"]


@dataclass(frozen=True)
class Fated:
    """What became of an issue, and when; a transferred one has become `number` of repository `to`."""

    fate: Fate
    when: int
    to: int = 0
    """The number of the repository it went to."""
    number: int = 0

    @property
    def gone(self) -> bool:
        """Whether it is no longer shown; an issue turned into a discussion stays, closed and locked."""
        return self.fate != "converted"


@dataclass
class Alterations:
    """What differs in one repository from what was generated."""

    state: State = "public"
    reason: Literal["dmca", "tos"] = "dmca"
    """Why it is blocked."""
    since: int = 0
    """When its state last changed."""
    owner: str | None = None
    name: str | None = None
    fates: dict[int, Fated] = field(default_factory=dict)
    """By place of the issue."""
    arrivals: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By place of an issue that came from elsewhere: when, and the number of the repository it left."""
    touched: dict[int, int] = field(default_factory=dict)
    """When an item was last touched, by its place."""
    titles: dict[int, str] = field(default_factory=dict)
    """New titles, by place."""

    @property
    def gone(self) -> list[int]:
        """The places of issues no longer shown."""
        return [place for place, fated in self.fates.items() if fated.gone]
