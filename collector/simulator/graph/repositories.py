"""GraphQL: repositories and what lists they hold."""

from typing import Any

import numpy as np

from collector.simulator import labels as known_labels
from collector.simulator.clock import from_iso, iso
from collector.simulator.community import node_id, organization_id
from collector.simulator.curves import Integers
from collector.simulator.graph.connections import Connection, by_key, by_position
from collector.simulator.graph.fields import (
    Fork,
    Item,
    LabelOf,
    NotFound,
    field,
    page_of,
)
from collector.simulator.rest.render import fork_id, fork_stars
from collector.simulator.snapshot import Snapshot


@field(
    "Repository",
    "id",
    "databaseId",
    "name",
    "nameWithOwner",
    "url",
    "createdAt",
    "pushedAt",
    "updatedAt",
    "description",
    "homepageUrl",
    "isArchived",
    "isFork",
    "isPrivate",
    "hasIssuesEnabled",
    "diskUsage",
    "stargazerCount",
    "forkCount",
    "primaryLanguage",
    "licenseInfo",
)
def _plain(found: Snapshot | Fork, info: Any) -> Any:
    fork = found if isinstance(found, Fork) else None
    snapshot = found.snapshot if isinstance(found, Fork) else found
    repository, spec = snapshot.repository, snapshot.repository.specification
    name = info.field_name
    if fork is not None and name in _FORK_FIELDS:
        return _fork(fork, name, info.context.root)
    match name:
        case "id":
            return node_id("R", repository.identity)
        case "databaseId":
            return repository.identity
        case "name":
            return repository.name
        case "nameWithOwner":
            return repository.full_name
        case "url":
            return f"{info.context.root}/{repository.full_name}"
        case "createdAt":
            return iso(repository.created)
        case "pushedAt" | "updatedAt":
            return iso(snapshot.pushed_at)
        case "description":
            return spec.description or None
        case "homepageUrl":
            return spec.homepage or None
        case "isArchived":
            return spec.archived
        case "isFork" | "isPrivate":
            return False
        case "hasIssuesEnabled":
            return True
        case "diskUsage":
            return snapshot.kilobytes
        case "stargazerCount":
            return snapshot.stars
        case "forkCount":
            return snapshot.forks
        case "primaryLanguage":
            return language(spec.language)
        case _:
            key = spec.license
            return None if key is None else {"key": key.lower(), "name": key, "spdxId": key}


_FORK_FIELDS = frozenset(
    {
        "id",
        "databaseId",
        "nameWithOwner",
        "url",
        "createdAt",
        "pushedAt",
        "updatedAt",
        "isFork",
        "stargazerCount",
        "forkCount",
    }
)


def _fork(fork: Fork, name: str, root: str) -> Any:
    repository, place = fork.snapshot.repository, fork.place
    forks = repository.forks
    person = repository.population.people[int(forks.owner[place])]
    full_name = f"{person.login}/{repository.name}"
    match name:
        case "id":
            return node_id("R", fork_id(repository, place))
        case "databaseId":
            return fork_id(repository, place)
        case "nameWithOwner":
            return full_name
        case "url":
            return f"{root}/{full_name}"
        case "createdAt":
            return iso(int(forks.made[place]))
        case "pushedAt" | "updatedAt":
            return iso(forks.pushed(place, fork.snapshot.now))
        case "isFork":
            return True
        case "stargazerCount":
            return fork_stars(repository, place)
        case _:
            return 0


def language(name: str) -> dict[str, Any]:
    """A programming language."""
    return {"id": f"LANG_{name}", "name": name, "color": None}


@field("Repository", "parent")
def _parent(found: Snapshot | Fork, _info: Any) -> Snapshot | None:
    return found.snapshot if isinstance(found, Fork) else None


@field("Repository", "owner")
def _owner(found: Snapshot | Fork, info: Any) -> Any:
    if isinstance(found, Fork):
        repository = found.snapshot.repository
        return repository.population.people[int(repository.forks.owner[found.place])]
    repository = found.repository
    if repository.owner_index is not None:
        return repository.population.people[repository.owner_index]
    return organization(repository.owner, info.context.root)


def organization(login: str, root: str) -> dict[str, Any]:
    """An organisation."""
    number = organization_id(login)
    return {
        "__typename": "Organization",
        "login": login,
        "id": node_id("O", number),
        "databaseId": number,
        "name": login,
        "createdAt": "2012-01-01T00:00:00Z",
        "url": f"{root}/{login}",
        "resourcePath": f"/{login}",
        "avatarUrl": "",
    }


def _ordered(
    snapshot: Snapshot, kind: str, order: Any, usual_descending: bool = False, **selection: Any
) -> tuple[Integers, Integers, bool]:
    name = (
        {"UPDATED_AT": "updated", "COMMENTS": "comments"}.get(order["field"], "created")
        if order
        else "created"
    )
    descending = order["direction"] == "DESC" if order else usual_descending
    places = snapshot.select(kind, order=name, descending=descending, **selection)
    return places, snapshot.keys(places, name), descending


def _label_bits(names: list[str] | None) -> int:
    bits = 0
    for name in names or ():
        bits |= known_labels.BIT.get(name, 1 << 60)
    return bits


@field("Repository", "issues")
def _issues(
    snapshot: Snapshot,
    info: Any,
    orderBy: Any = None,
    filterBy: Any = None,
    states: list[str] | None = None,
    labels: list[str] | None = None,
    **arguments: Any,
) -> Connection:
    chosen = filterBy or {}
    author = None
    if chosen.get("createdBy"):
        person = info.context.community.person(chosen["createdBy"])
        author = -2 if person is None else person.index
    places, keys, descending = _ordered(
        snapshot,
        "issue",
        orderBy,
        states=frozenset(states or chosen.get("states") or ()),
        since=from_iso(chosen["since"]) if chosen.get("since") else 0,
        labels=_label_bits(labels or chosen.get("labels")),
        author=author,
    )
    return by_key(places, keys, page_of(arguments), descending, lambda place: Item(snapshot, place))


@field("Repository", "pullRequests")
def _pulls(
    snapshot: Snapshot,
    _info: Any,
    orderBy: Any = None,
    states: list[str] | None = None,
    labels: list[str] | None = None,
    **arguments: Any,
) -> Connection:
    places, keys, descending = _ordered(
        snapshot, "pull", orderBy, states=frozenset(states or ()), labels=_label_bits(labels)
    )
    return by_key(places, keys, page_of(arguments), descending, lambda place: Item(snapshot, place))


@field("Repository", "issue", "pullRequest", "issueOrPullRequest")
def _one_item(snapshot: Snapshot, info: Any, number: int) -> Item:
    repository, name = snapshot.repository, info.field_name
    place = repository.place_of_number(number)
    wanted = {"issue": (False,), "pullRequest": (True,)}.get(name, (False, True))
    if snapshot.has(place) and bool(repository.items.is_pull[place]) in wanted:
        return Item(snapshot, place)
    kind = {"issue": "an Issue", "pullRequest": "a PullRequest"}.get(name, "an issue or pull request")
    raise NotFound(f"Could not resolve to {kind} with the number of {number}.")


@field("Repository", "labels")
def _labels(snapshot: Snapshot, _info: Any, **arguments: Any) -> Connection:
    return by_position(
        [LabelOf(snapshot, place) for place in range(len(known_labels.LABELS))], page_of(arguments)
    )


@field("Label", "id", "name", "color", "description", "createdAt")
def _label(label: LabelOf, info: Any) -> Any:
    what = known_labels.LABELS[label.place]
    match info.field_name:
        case "id":
            return node_id("LA", label.snapshot.repository.ids.start + label.place)
        case "name":
            return what.name
        case "color":
            return what.color
        case "description":
            return what.description
        case _:
            return iso(label.snapshot.repository.created)


@field("Repository", "languages")
def _languages(snapshot: Snapshot, _info: Any, **arguments: Any) -> dict[str, Any]:
    rows = sorted(snapshot.repository.specification.languages.items(), key=lambda row: -row[1])
    connection = by_position([(language(name), size) for name, size in rows], page_of(arguments))
    return {
        "totalCount": len(rows),
        "totalSize": sum(size for _, size in rows),
        "pageInfo": connection.page_info,
        "nodes": [node for node, _ in connection.nodes],
        "edges": [
            {"cursor": edge["cursor"], "node": edge["node"][0], "size": edge["node"][1]}
            for edge in connection.edges
        ],
    }


@field("Repository", "repositoryTopics")
def _topics(snapshot: Snapshot, info: Any, **arguments: Any) -> Connection:
    rows = [
        {
            "id": f"RT_{name}",
            "topic": {"id": f"T_{name}", "name": name},
            "url": f"{info.context.root}/topics/{name}",
        }
        for name in snapshot.repository.specification.topics
    ]
    return by_position(rows, page_of(arguments))


@field("Repository", "discussions")
def _discussions(_snapshot: Snapshot, _info: Any, **_: Any) -> dict[str, int]:
    return {"totalCount": 0}


@field("Repository", "watchers")
def _watchers(snapshot: Snapshot, _info: Any, **_: Any) -> Connection:
    # Only the total is public since July 2026.
    return Connection(snapshot.watchers, 0, 0, lambda _position: None, lambda position: position)


@field("Repository", "stargazers")
def _stargazers(snapshot: Snapshot, _info: Any, **_: Any) -> dict[str, Any]:
    return {"totalCount": snapshot.stars, "nodes": []}


@field("Repository", "forks")
def _forks(snapshot: Snapshot, _info: Any, orderBy: Any = None, **arguments: Any) -> Connection:
    descending = bool(orderBy) and orderBy["direction"] == "DESC"
    places = np.arange(snapshot.forks, dtype=np.int64)
    places = places[::-1] if descending else places
    return by_key(places, places, page_of(arguments), descending, lambda place: Fork(snapshot, place))
