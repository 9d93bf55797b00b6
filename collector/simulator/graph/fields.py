"""What a GraphQL field resolves to is put here, field by field."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError

from collector.simulator.community import Community
from collector.simulator.graph.connections import Page
from collector.simulator.snapshot import Snapshot

Resolver = Callable[..., Any]
RESOLVERS: dict[tuple[str, str], Resolver] = {}


@dataclass(frozen=True)
class Context:
    """What every resolver may use."""

    community: Community
    root: str
    """The address web pages hang on."""
    rate_limit: dict[str, Any]


@dataclass(frozen=True)
class Thing:
    """Something in a repository, by its place there."""

    snapshot: Snapshot
    place: int


class Item(Thing):
    """An issue or a pull request."""


class Remark(Thing):
    """A comment on an issue or pull request."""


class Review(Thing):
    """A review."""


class Committed(Thing):
    """A commit."""


class LabelOf(Thing):
    """A label."""


class Fork(Thing):
    """A fork, as a repository."""


def field(kinds: str, *names: str) -> Callable[[Resolver], Resolver]:
    """Registers a resolver for fields of one or more types (separated by spaces)."""

    def register(resolver: Resolver) -> Resolver:
        for kind in kinds.split():
            for name in names:
                RESOLVERS[(kind, name)] = resolver
        return resolver

    return register


def page_of(arguments: dict[str, Any]) -> Page:
    """The page among a field's arguments."""
    return Page(
        arguments.get("first"), arguments.get("last"), arguments.get("after"), arguments.get("before")
    )


class Refused(GraphQLError):
    """What GitHub says of a thing that it does not give; `kind` is the error's type."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message, extensions={"type": kind})


class NotFound(Refused):
    """What GitHub says of a thing that is not there."""

    def __init__(self, message: str) -> None:
        super().__init__("NOT_FOUND", message)
