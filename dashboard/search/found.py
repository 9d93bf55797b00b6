"""What a finding is: its kind, what it is called, and where it leads."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.export import Column
from dashboard.language import mark

#: What can be looked for, in the order in which it is shown, and what a group of it is called.
KINDS = {
    "page": mark("Pages"),
    "metric": mark("Metrics"),
    "repository": mark("Repositories"),
    "person": mark("People"),
    "organization": mark("Organisations"),
    "use_case": mark("Use cases"),
}
#: Findings of a kind: usually, and at most.
USUAL, MOST = 6, 50
COLUMNS = (
    Column("kind", "text", f"One of {', '.join(KINDS)}."),
    Column("group", "text", "What findings of the kind are called together."),
    Column("title", "text", "What it is called."),
    Column("detail", "text", "A line that tells it from others of that name; may be empty."),
    Column("href", "text", "The page that it leads to."),
)


@dataclass(frozen=True)
class Found:
    """One finding: what it is called, a line that tells it from others, and where it leads."""

    kind: str
    title: str
    detail: str
    href: str
