"""What has been asked of a simulated GitHub, and what it was charged: totals that anybody may read."""

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import Any


@dataclass
class _Operation:
    requests: int = 0
    points: int = 0
    nodes: int = 0


@dataclass
class Usage:
    """Totals since the start, or since they were set back."""

    requests: Counter[str] = field(default_factory=Counter)
    """Requests received by resource (core, search, graphql, git), whatever came of them."""
    spent: Counter[str] = field(default_factory=Counter)
    """Charged by resource: requests, or points of GraphQL; unchanged answers (304) are not."""
    refused: Counter[str] = field(default_factory=Counter)
    """Requests refused for a limit: primary or secondary."""
    statuses: Counter[int] = field(default_factory=Counter)
    endpoints: Counter[str] = field(default_factory=Counter)
    """REST requests by route."""
    bytes_sent: int = 0
    _operations: dict[str, _Operation] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def answered(self, resource: str, status: int, size: int) -> None:
        """Counts a request and its answer's status and size in bytes."""
        with self._lock:
            self.requests[resource] += 1
            self.statuses[status] += 1
            self.bytes_sent += size

    def charged(self, resource: str, points: int) -> None:
        """Counts what was taken from a budget; less than nothing when it is given back."""
        with self._lock:
            self.spent[resource] += points

    def turned_away(self, limit: str) -> None:
        """Counts a request refused for a limit."""
        with self._lock:
            self.refused[limit] += 1

    def routed(self, route: str) -> None:
        """Counts a REST request by its route."""
        with self._lock:
            self.endpoints[route] += 1

    def operated(self, name: str, points: int, nodes: int) -> None:
        """Counts a GraphQL operation, its points and the nodes it may bring."""
        with self._lock:
            operation = self._operations.setdefault(name or "(unnamed)", _Operation())
            operation.requests += 1
            operation.points += points
            operation.nodes += nodes

    def reset(self) -> None:
        """Sets every total back to nothing."""
        with self._lock:
            for counter in (self.requests, self.spent, self.refused, self.statuses, self.endpoints):
                counter.clear()
            self._operations.clear()
            self.bytes_sent = 0

    def described(self) -> dict[str, Any]:
        """The totals as JSON."""
        with self._lock:
            return {
                "requests": dict(self.requests),
                "spent": {key: value for key, value in self.spent.items() if value},
                "refused": dict(self.refused),
                "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
                "bytes": self.bytes_sent,
                "endpoints": dict(self.endpoints.most_common()),
                "operations": {name: vars(each).copy() for name, each in sorted(self._operations.items())},
            }
