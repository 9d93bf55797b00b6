"""Every list that there is, by its name."""

from __future__ import annotations

from dashboard.lists.contributors import CONTRIBUTORS
from dashboard.lists.lists import List
from dashboard.lists.organizations import ORGANIZATION_PEOPLE, ORGANIZATIONS
from dashboard.lists.repositories import REPOSITORIES
from dashboard.lists.threads import OPEN, STALE, UNANSWERED
from dashboard.lists.use_cases import USE_CASES

LISTS: dict[str, List] = {
    each.name: each
    for each in (
        *(REPOSITORIES, CONTRIBUTORS, ORGANIZATIONS, ORGANIZATION_PEOPLE),
        *(UNANSWERED, STALE, OPEN, USE_CASES),
    )
}
