"""What a list is: the rows that it holds in a view, and how readers choose among them and go on from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from dashboard.components.paged_table import Links
from dashboard.filters import EARLIEST, LATEST, Filters
from dashboard.place import Choices
from db.listing import Kind, Source


@dataclass(frozen=True)
class Asked:
    """What a list is asked about: a scope, and the first and the last day of a period."""

    scope_id: int
    first: date
    last: date
    today: date

    @staticmethod
    def of(filters: Filters, scope_id: int, today: date) -> Asked:
        """What a view asks about: all time where it names no period."""
        return Asked(scope_id, filters.start or EARLIEST, filters.end or LATEST, today)

    @property
    def values(self) -> Mapping[str, object]:
        """The parameters that the SELECT of a list's keys may use."""
        return {"scope": self.scope_id, "first": self.first, "last": self.last, "today": self.today}


def no_choices(_connection: Connection) -> Choices:
    """Of a list whose columns have no values to choose among, but those of its kind."""
    return {}


@dataclass(frozen=True)
class List:
    """A list of rows of one kind, which readers page, sort, filter and take along.

    `name` is its place in the API (`/api/lists/NAME.csv`), `about` one sentence on what it holds;
    `source` gives the rows of a view, `first` the first so many of them in an order where that takes less
    than all of them; `links` lead on from their columns (`github` the same where they lead to GitHub,
    which simulated things are not on), `choices` reads the values that rows may be chosen by.
    """

    name: str
    title: str
    about: str
    kind: Kind
    source: Callable[[Connection, Asked], Source]
    links: Links
    github: Links
    choices: Callable[[Connection], Choices] = no_choices
    first: Callable[[Connection, Asked, str, int], tuple[Mapping[str, Any], ...]] | None = None
