"""Connections: GraphQL's pages, opened by cursor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from collector.simulator.cursors import read_cursor, write_cursor
from collector.simulator.curves import Integers


@dataclass
class Connection:
    """A window from `start` to `stop` on `total` things."""

    total: int
    start: int
    stop: int
    node_at: Callable[[int], Any]
    key_at: Callable[[int], int]

    @cached_property
    def nodes(self) -> list[Any]:
        """The things in the window."""
        return [self.node_at(position) for position in range(self.start, self.stop)]

    @property
    def edges(self) -> list[dict[str, Any]]:
        """The things in the window with their cursors."""
        positions = range(self.start, self.stop)
        return [
            {"cursor": write_cursor(self.key_at(position)), "node": node}
            for position, node in zip(positions, self.nodes, strict=True)
        ]

    @property
    def page_info(self) -> dict[str, Any]:
        """Where the window ends and whether there is more."""
        filled = self.stop > self.start
        return {
            "hasNextPage": self.stop < self.total,
            "hasPreviousPage": self.start > 0,
            "startCursor": write_cursor(self.key_at(self.start)) if filled else None,
            "endCursor": write_cursor(self.key_at(self.stop - 1)) if filled else None,
        }


@dataclass(frozen=True)
class Page:
    """The part of a connection that was asked for."""

    first: int | None = None
    last: int | None = None
    after: str | None = None
    before: str | None = None

    def window(
        self, total: int, place_after: Callable[[int], int], place_of: Callable[[int], int]
    ) -> tuple[int, int]:
        """The window on `total` things; `place_after` tells what follows a key, `place_of` where a key is."""
        start = place_after(read_cursor(self.after)) if self.after else 0
        stop = place_of(read_cursor(self.before)) if self.before else total
        start, stop = max(0, min(start, total)), max(0, min(stop, total))
        if self.first is not None:
            stop = min(stop, start + self.first)
        elif self.last is not None:
            start = max(start, stop - self.last)
        return start, max(start, stop)


def by_position(things: Sequence[Any], page: Page, total: int | None = None) -> Connection:
    """A connection over a list whose cursors are positions."""
    size = len(things) if total is None else min(total, len(things))
    start, stop = page.window(size, lambda key: key + 1, lambda key: key)
    return Connection(
        size if total is None else total, start, stop, things.__getitem__, lambda position: position
    )


def by_key(
    places: Integers, keys: Integers, page: Page, descending: bool, node_at: Callable[[int], Any]
) -> Connection:
    """A connection over sorted places whose cursors are their sort keys, which hold while items move."""
    rising = keys[::-1] if descending else keys

    def after(key: int) -> int:
        if descending:
            return int(keys.size - np.searchsorted(rising, key, side="left"))
        return int(np.searchsorted(rising, key, side="right"))

    def of(key: int) -> int:
        if descending:
            return int(keys.size - np.searchsorted(rising, key, side="right"))
        return int(np.searchsorted(rising, key, side="left"))

    start, stop = page.window(int(places.size), after, of)
    return Connection(
        int(places.size),
        start,
        stop,
        lambda position: node_at(int(places[position])),
        lambda position: int(keys[position]),
    )
