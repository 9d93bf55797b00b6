"""What became of an issue or pull request that GitHub lists no longer, by its own address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from collector.github import errors
from collector.github.client import GitHub
from collector.github.reading import moment, text, whole_number

#: Table → how REST calls its items. A repository may have its issues switched off, and pull requests still.
ADDRESSES = {"issues": "issues", "pull_requests": "pulls"}


@dataclass(frozen=True)
class Fate:
    """Deleted; transferred to `moved_to` (OWNER/NAME#NUMBER); or there in spite of all, by its node id."""

    state: Literal["deleted", "transferred", "there"]
    moved_to: str | None = None
    node_id: str | None = None
    updated_at: datetime | None = None


def fate(github: GitHub, full_name: str, name: str, number: int) -> Fate:
    """Ask for one item by its number, in the repository under its present name.

    GitHub leads from a transferred issue to where it is now. When that is not public
    it answers as for a deleted one, and `deleted` is all that can be said. Raises
    `CollectorError` for any other answer.
    """
    address = f"/repos/{full_name}/{ADDRESSES[name]}/{number}"
    answer = github.get(address)
    if answer.status in (404, 410) and "disabled" not in answer.message:
        return Fate("deleted")
    data = answer.data
    if answer.status != 200 or not isinstance(data, dict):
        raise errors.refused(address, answer.status, answer.message)
    where, there = "/".join(text(data, "url").split("/")[-4:-2]), whole_number(data, "number")
    if (where.lower(), there) != (full_name.lower(), number):
        return Fate("transferred", f"{where}#{there}")
    return Fate("there", node_id=text(data, "node_id"), updated_at=moment(data, "updated_at"))
