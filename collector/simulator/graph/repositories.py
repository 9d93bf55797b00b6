"""GraphQL: the query's root, repositories, releases, people and commits."""

from typing import Any

import numpy as np
from graphql import GraphQLError

from collector.simulator import labels as known_labels
from collector.simulator.clock import from_iso, iso
from collector.simulator.commits import PROXY
from collector.simulator.community import ORGANIZATION_IDS, Community, node_id, read_node_id
from collector.simulator.curves import Integers
from collector.simulator.graph.connections import Connection, by_key, by_position
from collector.simulator.graph.fields import (
    Committed,
    Context,
    Fork,
    Item,
    LabelOf,
    Remark,
    Review,
    field,
    page_of,
)
from collector.simulator.history import author_of, committer_of, message_of, subject_of
from collector.simulator.people import Person
from collector.simulator.releases import Release, releases
from collector.simulator.rest import render
from collector.simulator.rest.repositories import fork_id
from collector.simulator.searching import CAP, search_issues, search_repositories
from collector.simulator.snapshot import Snapshot


class NotFound(GraphQLError):
    """What GitHub says of a thing that is not there."""

    def __init__(self, message: str) -> None:
        super().__init__(message, extensions={"type": "NOT_FOUND"})


@field("Query", "repository")
def _repository(_: Any, info: Any, owner: str, name: str, **__: Any) -> Snapshot:
    community: Community = info.context.community
    found = community.repository(f"{owner}/{name}")
    if found is None:
        raise NotFound(f"Could not resolve to a Repository with the name '{owner}/{name}'.")
    return community.snapshot(found)


@field("Query", "user")
def _user(_: Any, info: Any, login: str) -> Person:
    person: Person | None = info.context.community.person(login)
    if person is None or person.account != "User":
        raise NotFound(f"Could not resolve to a User with the login of '{login}'.")
    return person


@field("Query", "viewer")
def _viewer(_: Any, info: Any) -> dict[str, Any]:
    return {
        "login": "flowmeter-reader", "databaseId": 1, "id": node_id("U", 1), "createdAt": "2020-01-01T00:00:00Z",
        "updatedAt": "2020-01-01T00:00:00Z", "email": "", "url": f"{info.context.root}/flowmeter-reader",
        "avatarUrl": "", "resourcePath": "/flowmeter-reader", "isEmployee": False, "followers": {"totalCount": 0},
    }  # fmt: skip


@field("Query", "rateLimit")
def _rate_limit(_: Any, info: Any, **__: Any) -> dict[str, Any]:
    context: Context = info.context
    return context.rate_limit


@field("Query", "node")
def _node(_: Any, info: Any, id: str) -> Any:
    return find_node(info.context.community, id)


@field("Query", "nodes")
def _nodes(_: Any, info: Any, ids: list[str]) -> list[Any]:
    return [find_node(info.context.community, each) for each in ids]


def find_node(community: Community, text: str) -> Any:
    """The thing with a global id. Raises NotFound when there is none."""
    read = read_node_id(text)
    found = None if read is None else _found(community, *read)
    if found is None:
        raise NotFound(f"Could not resolve to a node with the global id of '{text}'")
    return found


def _found(community: Community, prefix: str, identity: int) -> Any:
    if prefix in ("U", "BOT"):
        return community.person_by_identity(identity)
    if prefix == "R":
        found = community.repository_by_identity(identity)
        return None if found is None else community.snapshot(found)
    repository = community.repository_of_id(identity)
    if repository is None:
        return None
    snapshot = community.snapshot(repository)
    if prefix in ("I", "PR"):
        number = identity - repository.ids.start - (repository.ids.size // 2 if prefix == "PR" else 0)
        place = repository.place_of_number(number)
        shown = 0 <= place < snapshot.shown and bool(repository.items.is_pull[place]) == (prefix == "PR")
        return Item(snapshot, place) if shown else None
    rank = identity - repository.ids.start - 1
    if prefix == "IC" and 0 <= rank < snapshot.comments_by_created.size:
        return Remark(snapshot, int(snapshot.comments_by_created[rank]))
    if prefix == "PRR" and 0 <= rank < snapshot.reviews_by_time.size:
        return Review(snapshot, int(snapshot.reviews_by_time[rank]))
    return None


@field("Query", "search")
def _search(_: Any, info: Any, query: str, type: str, **arguments: Any) -> dict[str, Any]:
    community: Community = info.context.community
    found: list[Any] = []
    if type == "REPOSITORY":
        found = [community.snapshot(each) for each in search_repositories(community, query)[:CAP]]
        total = len(search_repositories(community, query)) if len(found) == CAP else len(found)
    else:
        pairs = search_issues(community, query)
        total = len(pairs)
        found = [Item(snapshot, place) for snapshot, place in pairs[:CAP]]
    connection = by_position(found, page_of(arguments))
    return {
        "issueCount": total if type != "REPOSITORY" else 0,
        "repositoryCount": total if type == "REPOSITORY" else 0,
        "nodes": connection.nodes, "edges": connection.edges, "pageInfo": connection.page_info,
    }  # fmt: skip


@field(
    "Repository", "id", "databaseId", "name", "nameWithOwner", "url", "createdAt", "pushedAt", "updatedAt",
    "description", "homepageUrl", "isArchived", "isFork", "isPrivate", "hasIssuesEnabled", "diskUsage",
    "stargazerCount", "forkCount", "primaryLanguage", "licenseInfo",
)  # fmt: skip
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
            return spec.name
        case "nameWithOwner":
            return spec.full_name
        case "url":
            return f"{info.context.root}/{spec.full_name}"
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
            return snapshot.commits_shown * 6
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
    {"id", "databaseId", "nameWithOwner", "url", "createdAt", "pushedAt", "updatedAt", "isFork", "stargazerCount",
     "forkCount"}
)  # fmt: skip


def _fork(fork: Fork, name: str, root: str) -> Any:
    repository, place = fork.snapshot.repository, fork.place
    created = int(repository.forked[place])
    pushed = repository.fork_pushed(place)
    person = repository.population.people[repository.fork_owner(place)]
    full_name = f"{person.login}/{repository.specification.name}"
    return {
        "id": node_id("R", fork_id(repository, place)), "databaseId": fork_id(repository, place),
        "nameWithOwner": full_name, "url": f"{root}/{full_name}", "createdAt": iso(created),
        "pushedAt": iso(pushed if pushed <= fork.snapshot.now else created),
        "updatedAt": iso(pushed if pushed <= fork.snapshot.now else created), "isFork": True,
        "stargazerCount": 0, "forkCount": 0,
    }[name]  # fmt: skip


def language(name: str) -> dict[str, Any]:
    """A programming language."""
    return {"id": f"LANG_{name}", "name": name, "color": None}


@field("Repository", "owner")
def _owner(found: Snapshot | Fork, info: Any) -> Any:
    if isinstance(found, Fork):
        repository = found.snapshot.repository
        return repository.population.people[repository.fork_owner(found.place)]
    repository = found.repository
    if repository.owner_index is not None:
        return repository.population.people[repository.owner_index]
    login = repository.specification.owner
    number = ORGANIZATION_IDS[login]
    return {
        "__typename": "Organization", "login": login, "id": node_id("O", number), "databaseId": number,
        "url": f"{info.context.root}/{login}", "resourcePath": f"/{login}", "avatarUrl": "",
    }  # fmt: skip


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
    snapshot: Snapshot, info: Any, orderBy: Any = None, filterBy: Any = None, states: list[str] | None = None,
    labels: list[str] | None = None, **arguments: Any,
) -> Connection:  # fmt: skip
    chosen = filterBy or {}
    author = None
    if chosen.get("createdBy"):
        person = info.context.community.person(chosen["createdBy"])
        author = -2 if person is None else person.index
    places, keys, descending = _ordered(
        snapshot, "issue", orderBy, states=frozenset(states or chosen.get("states") or ()),
        since=from_iso(chosen["since"]) if chosen.get("since") else 0,
        labels=_label_bits(labels or chosen.get("labels")), author=author,
    )  # fmt: skip
    return by_key(places, keys, page_of(arguments), descending, lambda place: Item(snapshot, place))


@field("Repository", "pullRequests")
def _pulls(
    snapshot: Snapshot, info: Any, orderBy: Any = None, states: list[str] | None = None,
    labels: list[str] | None = None, **arguments: Any,
) -> Connection:  # fmt: skip
    places, keys, descending = _ordered(
        snapshot, "pull", orderBy, states=frozenset(states or ()), labels=_label_bits(labels)
    )
    return by_key(places, keys, page_of(arguments), descending, lambda place: Item(snapshot, place))


@field("Repository", "issue", "pullRequest", "issueOrPullRequest")
def _one_item(snapshot: Snapshot, info: Any, number: int) -> Item:
    repository, name = snapshot.repository, info.field_name
    place = repository.place_of_number(number)
    wanted = {"issue": (False,), "pullRequest": (True,)}.get(name, (False, True))
    if 0 <= place < snapshot.shown and bool(repository.items.is_pull[place]) in wanted:
        return Item(snapshot, place)
    kind = {"issue": "an Issue", "pullRequest": "a PullRequest"}.get(name, "an issue or pull request")
    raise NotFound(f"Could not resolve to {kind} with the number of {number}.")


@field("Repository", "labels")
def _labels(snapshot: Snapshot, info: Any, **arguments: Any) -> Connection:
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
def _languages(snapshot: Snapshot, info: Any, **arguments: Any) -> dict[str, Any]:
    rows = sorted(snapshot.repository.specification.languages.items(), key=lambda row: -row[1])
    connection = by_position([(language(name), size) for name, size in rows], page_of(arguments))
    return {
        "totalCount": len(rows), "totalSize": sum(size for _, size in rows), "pageInfo": connection.page_info,
        "nodes": [node for node, _ in connection.nodes],
        "edges": [{"cursor": edge["cursor"], "node": edge["node"][0], "size": edge["node"][1]} for edge in connection.edges],
    }  # fmt: skip


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
def _discussions(snapshot: Snapshot, info: Any, **_: Any) -> dict[str, int]:
    return {"totalCount": 0}


@field("Repository", "watchers")
def _watchers(snapshot: Snapshot, info: Any, **arguments: Any) -> Connection:
    # Only the total is public since July 2026.
    return Connection(snapshot.watchers, 0, 0, lambda _: None, lambda position: position)


@field("Repository", "stargazers")
def _stargazers(snapshot: Snapshot, info: Any, **_: Any) -> dict[str, Any]:
    return {"totalCount": snapshot.stars, "nodes": []}


@field("Repository", "forks")
def _forks(snapshot: Snapshot, info: Any, orderBy: Any = None, **arguments: Any) -> Connection:
    descending = bool(orderBy) and orderBy["direction"] == "DESC"
    places = np.arange(snapshot.forks, dtype=np.int64)
    places = places[::-1] if descending else places
    return by_key(places, places, page_of(arguments), descending, lambda place: Fork(snapshot, place))


@field("Repository", "releases")
def _releases(snapshot: Snapshot, info: Any, orderBy: Any = None, **arguments: Any) -> Connection:
    found = releases(snapshot)
    if orderBy and orderBy["direction"] == "ASC":
        found.reverse()
    return by_position([(snapshot, each) for each in found], page_of(arguments))


@field("Repository", "latestRelease")
def _latest(snapshot: Snapshot, info: Any) -> tuple[Snapshot, Release] | None:
    found = releases(snapshot)
    return (snapshot, found[0]) if found else None


@field(
    "Release", "id", "databaseId", "tagName", "name", "description", "createdAt", "publishedAt", "isDraft",
    "isPrerelease", "url", "author",
)  # fmt: skip
def _release(found: tuple[Snapshot, Release], info: Any) -> Any:
    snapshot, release = found
    match info.field_name:
        case "id":
            return node_id("RE", release.identity)
        case "databaseId":
            return release.identity
        case "tagName":
            return release.tag
        case "name":
            return release.name
        case "description":
            return release.body
        case "createdAt" | "publishedAt":
            return iso(release.when)
        case "isDraft":
            return False
        case "isPrerelease":
            return release.prerelease
        case "author":
            person = snapshot.repository.population.people[release.author]
            return None if person.gone else person
        case _:
            return f"{info.context.root}/{snapshot.repository.full_name}/releases/tag/{release.tag}"


@field("Repository", "defaultBranchRef")
def _branch(snapshot: Snapshot, info: Any) -> dict[str, Any] | None:
    shown = snapshot.commits_shown
    if not shown:
        return None
    return {
        "id": node_id("REF", snapshot.repository.identity), "name": snapshot.repository.specification.branch,
        "prefix": "refs/heads/", "target": Committed(snapshot, shown - 1),
    }  # fmt: skip


@field("Commit", "history")
def _history(
    commit: Committed, info: Any, since: str | None = None, until: str | None = None, author: Any = None,
    **arguments: Any,
) -> Connection:  # fmt: skip
    snapshot = commit.snapshot
    committed = snapshot.repository.commits.committed[: commit.place + 1]
    keep = np.ones(committed.size, dtype=np.bool_)
    if since is not None:
        keep &= committed >= from_iso(since)
    if until is not None:
        keep &= committed <= from_iso(until)
    if author is not None and author.get("emails"):
        wanted = {email.lower() for email in author["emails"]}
        for place in np.where(keep)[0]:
            text = author_of(snapshot.repository, int(place))
            keep[place] = text.rpartition("<")[2].rstrip(">").lower() in wanted
    places = np.where(keep)[0][::-1]
    return by_key(places, places, page_of(arguments), True, lambda place: Committed(snapshot, place))


def _oid(commit: Committed, context: Context) -> str:
    return context.community.names.of(commit.snapshot.repository)[commit.place]


@field("Commit", "oid", "abbreviatedOid", "id", "url")
def _commit_name(commit: Committed, info: Any) -> str:
    repository = commit.snapshot.repository
    if info.field_name == "id":
        return node_id("C", repository.ids.start + commit.place)
    oid = _oid(commit, info.context)
    if info.field_name == "url":
        return f"{info.context.root}/{repository.full_name}/commit/{oid}"
    return oid if info.field_name == "oid" else oid[:7]


@field("Commit", "message", "messageHeadline")
def _commit_message(commit: Committed, info: Any) -> str:
    repository = commit.snapshot.repository
    if info.field_name == "messageHeadline":
        return subject_of(repository, commit.place)
    return message_of(repository, commit.place).rstrip("\n")


@field("Commit", "authoredDate", "committedDate")
def _commit_date(commit: Committed, info: Any) -> str:
    commits = commit.snapshot.repository.commits
    return iso(
        int((commits.authored if info.field_name == "authoredDate" else commits.committed)[commit.place])
    )


@field("Commit", "additions")
def _commit_additions(commit: Committed, info: Any) -> int:
    item = int(commit.snapshot.repository.commits.item[commit.place])
    return int(commit.snapshot.repository.items.additions[item]) if item >= 0 else 10


@field("Commit", "author", "committer")
def _commit_actor(commit: Committed, info: Any) -> dict[str, Any]:
    repository, place = commit.snapshot.repository, commit.place
    commits = repository.commits
    if info.field_name == "committer":
        text, when, person = committer_of(repository, place), int(commits.committed[place]), None
    else:
        text, when = author_of(repository, place), int(commits.authored[place])
        index = int(commits.author[place])
        if index == PROXY:
            index = repository.population.bot("tensorflower-gardener")
        person = repository.population.people[index]
    name, _, email = text.rstrip(">").rpartition(" <")
    user = None if person is None or person.gone or person.account == "Bot" else person
    return {"name": name, "email": email, "date": iso(when), "user": user}


@field("User Bot", "id", "databaseId", "login", "url", "resourcePath", "avatarUrl", "createdAt", "updatedAt")
@field("User", "name", "company", "bio", "location", "email", "websiteUrl", "isEmployee", "followers")
def _person(person: Any, info: Any, **_: Any) -> Any:
    if isinstance(person, dict):
        return person.get(info.field_name)
    match info.field_name:
        case "id":
            return render.user_node(person)
        case "databaseId":
            return person.identity
        case "login":
            return person.login
        case "url":
            return f"{info.context.root}/{person.login}"
        case "resourcePath":
            return f"/{person.login}"
        case "avatarUrl":
            return f"https://avatars.githubusercontent.com/u/{person.identity}?v=4"
        case "createdAt":
            return iso(person.created)
        case "updatedAt":
            return iso(max(person.created, person.employers[-1][0]))
        case "email":
            return ""
        case "websiteUrl":
            return None
        case "isEmployee":
            return False
        case "followers":
            return {"totalCount": person.followers}
        case name:
            return getattr(person, name)
