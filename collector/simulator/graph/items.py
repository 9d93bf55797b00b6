"""GraphQL: issues, pull requests, what is said about them and what happened to them."""

from typing import Any

import numpy as np

from collector.simulator import labels
from collector.simulator.clock import NEVER, iso
from collector.simulator.community import node_id
from collector.simulator.contents import files_of
from collector.simulator.conversation import REVIEW_STATES
from collector.simulator.graph.connections import Connection, by_key, by_position
from collector.simulator.graph.fields import (
    Committed,
    Fork,
    Item,
    LabelOf,
    Remark,
    Review,
    Thing,
    field,
    page_of,
)
from collector.simulator.people import Person
from collector.simulator.rest import render
from collector.simulator.snapshot import Snapshot

BOTH = "Issue PullRequest"


def account(thing: Thing, index: int) -> Person | None:
    """An account, None when it has been deleted."""
    person = thing.snapshot.repository.population.people[index]
    return None if person.gone else person


def is_pull(item: Thing) -> bool:
    """Whether an item is a pull request."""
    return bool(item.snapshot.repository.items.is_pull[item.place])


def identity(item: Item) -> int:
    """An issue's or pull request's id."""
    repository = item.snapshot.repository
    return repository.pull_id(item.place) if is_pull(item) else repository.issue_id(item.place)


def address(item: Thing, root: str) -> str:
    """The web page of an issue or pull request."""
    repository = item.snapshot.repository
    kind = "pull" if is_pull(item) else "issues"
    return f"{root}/{repository.full_name}/{kind}/{int(repository.items.number[item.place])}"


def _moment(second: int) -> str | None:
    return None if second >= NEVER else iso(second)


@field(BOTH, "id")
def _id(item: Item, _info: Any) -> str:
    return node_id("PR" if is_pull(item) else "I", identity(item))


@field(BOTH, "databaseId")
def _database_id(item: Item, _info: Any) -> int:
    return identity(item)


@field(BOTH, "fullDatabaseId")
def _full_database_id(item: Item, _info: Any) -> str:
    return str(identity(item))


@field(BOTH, "number")
def _number(item: Item, _info: Any) -> int:
    return int(item.snapshot.repository.items.number[item.place])


@field(BOTH, "title")
def _title(item: Item, _info: Any) -> str:
    return render.title(item.snapshot.repository, item.place)


@field(BOTH, "body", "bodyText")
def _body(item: Item, _info: Any) -> str:
    return render.body(item.snapshot.repository, item.place)


@field(BOTH, "url")
def _url(item: Item, info: Any) -> str:
    return address(item, info.context.root)


@field(BOTH, "repository")
def _repository(item: Item, _info: Any) -> Snapshot:
    return item.snapshot


@field(BOTH, "author")
def _author(item: Item, _info: Any) -> Person | None:
    return account(item, int(item.snapshot.repository.items.author[item.place]))


@field(BOTH, "authorAssociation")
def _association(item: Item, _info: Any) -> str:
    return item.snapshot.association(int(item.snapshot.repository.items.author[item.place]))


@field(BOTH, "createdAt")
def _created(item: Item, _info: Any) -> str:
    return iso(int(item.snapshot.repository.items.created[item.place]))


@field(BOTH, "updatedAt")
def _updated(item: Item, _info: Any) -> str:
    return iso(int(item.snapshot.updated_at[item.place]))


@field(BOTH, "closedAt")
def _closed_at(item: Item, _info: Any) -> str | None:
    return _moment(int(item.snapshot.closed_at[item.place]))


@field(BOTH, "closed")
def _closed(item: Item, _info: Any) -> bool:
    return int(item.snapshot.closed_at[item.place]) < NEVER


@field(BOTH, "locked")
def _locked(item: Item, _info: Any) -> bool:
    return item.snapshot.locked(item.place)


@field("PullRequest", "isDraft")
def _draft(_item: Item, _info: Any) -> bool:
    return False


@field(BOTH, "state")
def _state(item: Item, _info: Any) -> str:
    return item.snapshot.state(item.place)


@field("Issue", "stateReason")
def _state_reason(item: Item, _info: Any, **arguments: Any) -> str | None:
    """Only who asks for duplicates is told of them: others get the reason that was there before."""
    reason = item.snapshot.state_reason(item.place)
    return "NOT_PLANNED" if reason == "DUPLICATE" and not arguments.get("enableDuplicate") else reason


@field(BOTH, "reactions")
def _reactions(item: Item, _info: Any, **_: Any) -> dict[str, int]:
    return {"totalCount": int(item.snapshot.repository.items.reactions[item.place])}


@field(BOTH, "reactionGroups")
def _reaction_groups(item: Item, _info: Any) -> list[dict[str, Any]]:
    kinds = item.snapshot.repository.reactions_by_kind(item.place)
    return [{"content": kind, "reactors": {"totalCount": count}} for kind, count in kinds.items()]


@field("PullRequest", "isCrossRepository")
def _is_cross(item: Item, _info: Any) -> bool:
    repository = item.snapshot.repository
    return int(repository.items.author[item.place]) in repository.forks.by_owner


@field("PullRequest", "headRepository")
def _head_repository(item: Item, _info: Any) -> Fork | Snapshot | None:
    repository = item.snapshot.repository
    author = int(repository.items.author[item.place])
    place = repository.forks.by_owner.get(author)
    if place is None:
        return item.snapshot
    return None if repository.population.people[author].gone else Fork(item.snapshot, place)


@field("PullRequest", "baseRepository")
def _base_repository(item: Item, _info: Any) -> Snapshot:
    return item.snapshot


@field("PullRequest", "files")
def _files(item: Item, _info: Any, **arguments: Any) -> Connection:
    rows = [
        {"path": each.path, "additions": each.additions, "deletions": each.deletions,
         "changeType": each.status.upper()}
        for each in files_of(item.snapshot.repository, item.place)
    ]  # fmt: skip
    return by_position(rows, page_of(arguments))


@field(BOTH, "labels")
def _labels(item: Item, _info: Any, **arguments: Any) -> Connection:
    places = labels.members(int(item.snapshot.repository.items.labels[item.place]))
    return by_position([LabelOf(item.snapshot, place) for place in places], page_of(arguments))


@field(BOTH, "comments")
def _comments(item: Item, _info: Any, orderBy: Any = None, **arguments: Any) -> Connection:
    snapshot = item.snapshot
    start = int(snapshot.comment_start[item.place])
    places = np.arange(start, start + int(snapshot.comment_count[item.place]), dtype=np.int64)
    descending = False
    if orderBy is not None:
        places = places[np.argsort(snapshot.comment_updated[places], kind="stable")]
        descending = orderBy["direction"] == "DESC"
    keys = snapshot.comment_updated[places] * 10_000_000 + places if orderBy is not None else places
    if descending:
        places, keys = places[::-1], keys[::-1]
    return by_key(places, keys, page_of(arguments), descending, lambda place: Remark(snapshot, place))


@field(BOTH, "participants")
def _participants(item: Item, _info: Any, **arguments: Any) -> Connection:
    snapshot, repository = item.snapshot, item.snapshot.repository
    start = int(snapshot.comment_start[item.place])
    said = repository.comments.author[start : start + int(snapshot.comment_count[item.place])].tolist()
    indexes = dict.fromkeys([int(repository.items.author[item.place]), *said])
    people = [repository.population.people[index] for index in indexes]
    return by_position(
        [each for each in people if not each.gone and each.account == "User"], page_of(arguments)
    )


@field("PullRequest", "additions", "deletions", "changedFiles")
def _size(item: Item, info: Any) -> int:
    items = item.snapshot.repository.items
    column = {"additions": items.additions, "deletions": items.deletions, "changedFiles": items.files}
    return int(column[info.field_name][item.place])


@field("PullRequest", "baseRefName")
def _base(item: Item, _info: Any) -> str:
    return item.snapshot.repository.specification.branch


@field("PullRequest", "headRefName")
def _head(item: Item, _info: Any) -> str:
    return f"change-{int(item.snapshot.repository.items.number[item.place])}"


@field("PullRequest", "merged")
def _merged(item: Item, _info: Any) -> bool:
    return bool(item.snapshot.merged[item.place])


@field("PullRequest", "mergedAt")
def _merged_at(item: Item, _info: Any) -> str | None:
    return _moment(int(item.snapshot.closed_at[item.place])) if item.snapshot.merged[item.place] else None


@field("PullRequest", "mergedBy")
def _merged_by(item: Item, _info: Any) -> Person | None:
    if not item.snapshot.merged[item.place]:
        return None
    return account(item, int(item.snapshot.repository.items.closer[item.place]))


@field("PullRequest", "mergeCommit")
def _merge_commit(item: Item, _info: Any) -> Committed | None:
    if not item.snapshot.merged[item.place]:
        return None
    return Committed(item.snapshot, int(item.snapshot.repository.landing[item.place]))


@field("PullRequest", "reviews")
def _reviews(
    item: Item, _info: Any, states: list[str] | None = None, author: str | None = None, **arguments: Any
) -> Connection:
    snapshot, repository = item.snapshot, item.snapshot.repository
    start = int(snapshot.review_start[item.place])
    places = range(start, start + int(snapshot.review_count[item.place]))
    people = repository.population.people
    chosen = [
        Review(snapshot, place)
        for place in places
        if (not states or REVIEW_STATES[int(repository.reviews.state[place])] in states)
        and (author is None or people[int(repository.reviews.author[place])].login.lower() == author.lower())
    ]
    return by_position(chosen, page_of(arguments))
