"""What a REST endpoint is given, and how endpoints are put on routes."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from collector.simulator.alterations import Fated
from collector.simulator.apps import Apps
from collector.simulator.community import Community
from collector.simulator.curves import Integers
from collector.simulator.events import Happened
from collector.simulator.http import ApiError, Json, Request, moved, not_found
from collector.simulator.limits import Budgets
from collector.simulator.repository import Repository
from collector.simulator.snapshot import Snapshot


@dataclass
class Call:
    """One request to one endpoint."""

    request: Request
    community: Community
    budgets: Budgets
    arguments: dict[str, str]
    headers: dict[str, str]
    """Headers to add to the answer."""
    apps: Apps
    found: Repository | None = None

    @property
    def repository(self) -> Repository:
        """The repository the path names. Raises ApiError 404 when the path names none."""
        if self.found is None:
            raise not_found()
        return self.found

    @property
    def snapshot(self) -> Snapshot:
        """What the repository shows now."""
        return self.community.snapshot(self.repository)

    def place(self) -> int:
        """The place of the issue or pull request the path names.

        Raises ApiError 404 when it is not there, 410 when it was deleted, 301 when it was transferred.
        """
        number = int(self.arguments["number"])
        place = self.repository.place_of_number(number)
        fated = self.repository.altered.fates.get(place)
        if fated is not None and fated.gone:
            raise self._gone(fated)
        if not self.snapshot.has(place):
            raise not_found()
        return place

    def _gone(self, fated: Fated) -> ApiError:
        """What GitHub says of an issue that was deleted, or of one that was transferred."""
        if fated.fate == "deleted":
            return ApiError(410, "This issue was deleted")
        if self.community.repository_by_identity(fated.to) is None:
            return not_found()
        rest = self.request.path.partition(f"/issues/{self.arguments['number']}")[2]
        return moved(self.request, f"/repositories/{fated.to}/issues/{fated.number}{rest}")

    @property
    def per_page(self) -> int:
        """Items a page: 30 unless asked, 100 at most."""
        return max(1, min(100, self.request.number("per_page", 30)))

    def link(self, **relations: dict[str, Any]) -> None:
        """Adds a Link header; each relation is the query that differs from this request's."""
        path = self.request.path
        if self.found is not None and path.startswith("/repos/"):
            # GitHub's own links name repositories by number.
            path = "/".join(["", "repositories", str(self.found.identity), *path.split("/")[4:]])
        parts = []
        for relation, changes in relations.items():
            query = {
                key: value
                for key, value in self.request.query.items()
                if key not in ("page", "after", "before")
            }
            query.update({key: str(value) for key, value in changes.items()})
            parts.append(f'<{self.request.api}{path}?{urlencode(query)}>; rel="{relation}"')
        if parts:
            self.headers["Link"] = ", ".join(parts)

    def page(
        self, everything: Sequence[Any] | Integers | Happened, *, deepest: int | None = None
    ) -> Sequence[Any] | Integers:
        """The part of a list this request's page shows, with its Link header.

        Raises ApiError 422 when the page begins or ends past `deepest` items.
        """
        size, number = self.per_page, max(1, self.request.number("page", 1))
        if deepest is not None and number * size > deepest:
            raise ApiError(
                422,
                f"Pagination with the page parameter is not supported for large datasets, use cursor "
                f"based pagination (after/before): page {number} of {size} is past {deepest} items.",
            )
        last = max(1, -(-len(everything) // size))
        relations: dict[str, dict[str, Any]] = {}
        if number > 1:
            relations["prev"] = {"page": min(number - 1, last)}
        if number < last:
            relations["next"] = {"page": number + 1}
            relations["last"] = {"page": last}
        if number > 1:
            relations["first"] = {"page": 1}
        self.link(**relations)
        return everything[(number - 1) * size : number * size]


Endpoint = Callable[[Call], Json | list[Any]]


@dataclass(frozen=True)
class Route:
    """A method and path, and what answers them."""

    method: str
    path: str
    """The path as it was written down, with names in braces."""
    pattern: re.Pattern[str]
    endpoint: Endpoint
    status: int


ROUTES: list[Route] = []
_REPOSITORY = r"(?:/repos/(?P<owner>[^/]+)/(?P<name>[^/]+)|/repositories/(?P<identity>\d+))"


def get(path: str) -> Callable[[Endpoint], Endpoint]:
    """Puts an endpoint on a path: {repository} is either form, {number} digits, {word} a word."""
    return _on("GET", path, 200)


def post(path: str) -> Callable[[Endpoint], Endpoint]:
    """Puts an endpoint that makes something on a path, written as for `get`."""
    return _on("POST", path, 201)


def _on(method: str, path: str, status: int) -> Callable[[Endpoint], Endpoint]:
    text = path.replace("{repository}", _REPOSITORY)
    text = text.replace("{number}", r"(?P<number>\d+)").replace("{word}", r"(?P<word>[^/]+)")
    pattern = re.compile(text)

    def register(endpoint: Endpoint) -> Endpoint:
        ROUTES.append(Route(method, path, pattern, endpoint, status))
        return endpoint

    return register
