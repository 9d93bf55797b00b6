"""GraphQL: what a query starts from: a repository, a person, an id, a search, the budget."""

from typing import Any

from collector.simulator.community import ORGANIZATION_IDS, Community, node_id, read_node_id
from collector.simulator.graph.connections import by_position
from collector.simulator.graph.fields import (
    Context,
    Item,
    NotFound,
    Refused,
    Remark,
    Review,
    field,
    page_of,
)
from collector.simulator.graph.repositories import organization
from collector.simulator.graph.trees import blob
from collector.simulator.people import Person
from collector.simulator.searching import CAP, search_issues, search_repositories
from collector.simulator.snapshot import Snapshot

MOST_IDS = 100


@field("Query", "repository")
def _repository(_: Any, info: Any, owner: str, name: str, **__: Any) -> Snapshot:
    community: Community = info.context.community
    found = community.repository(f"{owner}/{name}")
    if found is None and community.blocked(f"{owner}/{name}") is not None:
        raise Refused("FORBIDDEN", "Repository access blocked")
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
        "login": "flowmeter-reader",
        "databaseId": 1,
        "id": node_id("U", 1),
        "createdAt": "2020-01-01T00:00:00Z",
        "updatedAt": "2020-01-01T00:00:00Z",
        "email": "",
        "url": f"{info.context.root}/flowmeter-reader",
        "avatarUrl": "",
        "resourcePath": "/flowmeter-reader",
        "isEmployee": False,
        "followers": {"totalCount": 0},
    }


@field("Query", "rateLimit")
def _rate_limit(_: Any, info: Any, **__: Any) -> dict[str, Any]:
    context: Context = info.context
    return context.rate_limit


@field("Query", "node")
def _node(_: Any, info: Any, id: str) -> Any:
    return find_node(info.context.community, id)


@field("Query", "nodes")
def _nodes(_: Any, info: Any, ids: list[str]) -> list[Any]:
    if len(ids) > MOST_IDS:
        raise Refused(
            "ARGUMENT_LIMIT", f"You may not provide more than {MOST_IDS} node ids; you provided {len(ids)}."
        )
    found: list[Any] = []
    for each in ids:
        try:
            found.append(find_node(info.context.community, each))
        except NotFound as problem:
            found.append(problem)  # in a list, an error stands for its own thing alone
    return found


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
    if prefix == "O":
        logins = [login for login, number in ORGANIZATION_IDS.items() if number == identity]
        return organization(logins[0], "https://github.com") if logins else None
    if prefix == "R":
        found = community.repository_by_identity(identity)
        return None if found is None else community.snapshot(found)
    repository = community.repository_of_id(identity)
    if repository is None:
        return None
    snapshot = community.snapshot(repository)
    if prefix == "B":
        return blob(snapshot, identity - repository.ids.start)
    if prefix in ("I", "PR"):
        number = identity - repository.ids.start - (repository.ids.size // 2 if prefix == "PR" else 0)
        place = repository.place_of_number(number)
        shown = snapshot.has(place) and bool(repository.items.is_pull[place]) == (prefix == "PR")
        return Item(snapshot, place) if shown else None
    rank = identity - repository.ids.start - 1
    if prefix == "IC" and 0 <= rank < repository.comments_in_time.size:
        remark = int(repository.comments_in_time[rank])
        shown = int(repository.comments.created[remark]) <= snapshot.now
        return (
            Remark(snapshot, remark)
            if shown and snapshot.has(int(repository.comments.item[remark]))
            else None
        )
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
        "nodes": connection.nodes,
        "edges": connection.edges,
        "pageInfo": connection.page_info,
    }
