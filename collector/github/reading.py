"""Taking values out of GitHub's answers: what cannot be read says which value it is and what stood there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from collector.errors import CollectorError
from collector.github.accounts import instant, storable
from collector.jobs import Rejection

Thing = Mapping[str, Any]
Row = TypeVar("Row")

#: The databases' whole numbers end here.
LARGEST = 2**63 - 1
#: So much of an odd value is shown to people.
SHOWN = 60
_ABSENT = object()


class Unreadable(CollectorError):
    """A value of an answer that is missing, or not what GitHub's documentation promises.

    Of one row among many it is a rejection (`taken`); of an answer as a whole it ends the run.
    """

    def __init__(self, name: str, value: object, wanted: str) -> None:
        if value is _ABSENT or value is None:
            happened = f"{name} is {'missing' if value is _ABSENT else 'null'}"
        else:
            shown = repr(value)
            happened = f"{name} is {shown[:SHOWN]}{'…' * (len(shown) > SHOWN)}, which is no {wanted}"
        super().__init__(
            happened,
            to="GitHub's answer",
            next_step="Check that FLOWMETER_GITHUB_URL names the API's base, as in https://api.github.com; "
            "the next run tries again from the last page",
        )


def moment(thing: Thing, *names: str) -> datetime:
    """The time under the first of these names that has one; raises `Unreadable`."""
    found = moment_or_none(thing, *names)
    if found is None:
        raise Unreadable(names[0], thing.get(names[0], _ABSENT), "time")
    return found


def moment_or_none(thing: Thing, *names: str) -> datetime | None:
    """The same for what may not have happened; raises `Unreadable` for what is no time."""
    for name in names:
        value = thing.get(name)
        if value is None:
            continue
        try:
            return instant(value)
        except (ValueError, TypeError, OverflowError):
            raise Unreadable(name, value, "time") from None
    return None


def whole_number(thing: Thing, *names: str) -> int:
    """The number under the first of these names that has one, also when it is written as text."""
    found = whole_number_or_none(thing, *names)
    if found is None:
        raise Unreadable(names[0], thing.get(names[0], _ABSENT), "whole number")
    return found


def whole_number_or_none(thing: Thing, *names: str) -> int | None:
    """The same for what GitHub may not know; raises `Unreadable` for what is no whole number."""
    for name in names:
        value = thing.get(name)
        if value is None:
            continue
        if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit():
            value = int(value[:20])
        if type(value) is not int or not -LARGEST <= value <= LARGEST:
            raise Unreadable(name, thing[name], "whole number")
        return value
    return None


def text(thing: Thing, *names: str) -> str:
    """The text under the first of these names that has one; raises `Unreadable`."""
    found = text_or_none(thing, *names)
    if found is None:
        raise Unreadable(names[0], thing.get(names[0], _ABSENT), "text")
    return found


def text_or_none(thing: Thing, *names: str) -> str | None:
    """The same where there may be none; raises `Unreadable` for what is no text."""
    for name in names:
        value = thing.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            raise Unreadable(name, value, "text")
        return storable(value)
    return None


def truth(thing: Thing, name: str) -> bool:
    """Whether it says yes; what it does not speak of is no."""
    return thing.get(name) is True


def truth_or_none(thing: Thing, name: str) -> bool | None:
    """Whether it says yes or no; None where it says neither."""
    value = thing.get(name)
    return value if isinstance(value, bool) else None


def part(thing: Thing, name: str) -> Thing:
    """The object under a name; an empty one when there is none. Raises `Unreadable` for what is no object."""
    value = thing.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Unreadable(name, value, "object")
    return value


def parts(thing: Thing, name: str) -> list[Thing]:
    """The objects in the list under a name, its gaps left out; raises `Unreadable` for what is no list."""
    value = thing.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unreadable(name, value, "list")
    return [each for each in value if isinstance(each, Mapping)]


def each_of(answer: Thing, count: int) -> list[Thing | None]:
    """The `nodes` of an answer, one for each of `count` ids that were asked for, None for what is not there.

    Raises `Unreadable` when they are not as many.
    """
    nodes = answer.get("nodes")
    if not isinstance(nodes, list) or len(nodes) != count:
        raise Unreadable("nodes", nodes, f"list of {count}")
    return [node if isinstance(node, Mapping) else None for node in nodes]


def onwards(listed: Thing, after: str | None) -> str | None:
    """Where a GraphQL list goes on, None at its end.

    Raises `Unreadable` when it does not say where, or leads back to where it was asked `after`.
    """
    info = part(listed, "pageInfo")
    if not truth(info, "hasNextPage"):
        return None
    cursor = text(info, "endCursor")
    if cursor == after:
        raise Unreadable("endCursor", cursor, "way onwards")
    return cursor


def total(thing: Thing, name: str) -> int:
    """How long the whole of a GraphQL list is; raises `Unreadable` when GitHub does not say."""
    found = part(thing, name)
    if "totalCount" not in found:
        raise Unreadable(name, thing.get(name, _ABSENT), "list with a total")
    return whole_number(found, "totalCount")


def taken(
    what: str,
    things: Iterable[object],
    read: Callable[[Thing], Row],
    rejections: list[Rejection],
) -> list[Row]:
    """What `read` makes of each; those that it finds unreadable are added to the rejections.

    `what` is what one is called, as in "comment of #12"; its number or id goes with it.
    """
    rows = []
    for thing in things:
        try:
            if not isinstance(thing, Mapping):
                raise Unreadable("it", thing, "object")
            rows.append(read(thing))
        except Unreadable as error:
            rejections.append(Rejection(f"{what} {_called(thing)}".rstrip(), error.happened))
    return rows


def _called(thing: object) -> str:
    """How people find it again: a number, an id, a name."""
    if not isinstance(thing, Mapping):
        return ""
    for name in ("number", "fullDatabaseId", "databaseId", "id", "full_name", "tag_name", "nameWithOwner"):
        if isinstance(thing.get(name), int | str):
            return str(thing[name])[:SHOWN]
    return ""
