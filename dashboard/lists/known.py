"""Every list that there is, by its name."""

from __future__ import annotations

from dashboard.lists.lists import List
from dashboard.lists.repositories import REPOSITORIES

LISTS: dict[str, List] = {each.name: each for each in (REPOSITORIES,)}
