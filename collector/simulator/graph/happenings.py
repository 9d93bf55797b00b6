"""GraphQL: what happened to an issue or pull request, in order."""

from typing import Any

from collector.simulator.clock import from_iso, iso
from collector.simulator.community import node_id
from collector.simulator.events import Event, references, timeline
from collector.simulator.graph.connections import Connection, by_position
from collector.simulator.graph.fields import (
    Committed,
    Item,
    LabelOf,
    Remark,
    Review,
    field,
    page_of,
)
from collector.simulator.graph.items import BOTH, account, is_pull
from collector.simulator.people import Person
from collector.simulator.rest import render
from collector.simulator.snapshot import Snapshot


@field(BOTH, "timelineItems")
def _timeline(
    item: Item, _info: Any, itemTypes: list[str] | None = None, since: str | None = None, **arguments: Any
) -> Connection:
    snapshot, repository = item.snapshot, item.snapshot.repository
    wanted = None if itemTypes is None else frozenset(itemTypes)
    rows: list[tuple[int, Any]] = [
        (event.when, (item, event))
        for event in (*timeline(snapshot, item.place), *references(snapshot, item.place))
        if wanted is None or f"{event.kind.upper()}_EVENT" in wanted
    ]
    if wanted is None or "ISSUE_COMMENT" in wanted:
        start = int(snapshot.comment_start[item.place])
        places = range(start, start + int(snapshot.comment_count[item.place]))
        rows += [(int(repository.comments.created[place]), Remark(snapshot, place)) for place in places]
    if wanted is None or "PULL_REQUEST_REVIEW" in wanted:
        start = int(snapshot.review_start[item.place])
        places = range(start, start + int(snapshot.review_count[item.place]))
        rows += [(int(repository.reviews.submitted[place]), Review(snapshot, place)) for place in places]
    if since is not None:
        rows = [row for row in rows if row[0] >= from_iso(since)]
    rows.sort(key=lambda row: row[0])
    return by_position([row[1] for row in rows], page_of(arguments))


EVENTS = (
    "ClosedEvent ConvertedToDiscussionEvent LabeledEvent MergedEvent ReopenedEvent TransferredEvent "
    "AssignedEvent CrossReferencedEvent"
)
Happened = tuple[Item, Event]


@field(EVENTS, "id")
def _event_id(happened: Happened, _info: Any) -> str:
    return node_id(happened[1].prefix, happened[1].identity)


@field(EVENTS, "actor")
def _event_actor(happened: Happened, _info: Any) -> Person | None:
    return account(happened[0], happened[1].actor)


@field(EVENTS, "createdAt")
def _event_created(happened: Happened, _info: Any) -> str:
    return iso(happened[1].when)


@field("ClosedEvent", "closer")
@field("MergedEvent", "commit")
def _event_commit(happened: Happened, _info: Any) -> Committed | Item | None:
    item, event = happened
    if event.pull >= 0:
        return Item(item.snapshot, event.pull)
    return Committed(item.snapshot, event.commit) if event.commit >= 0 else None


@field("TransferredEvent", "fromRepository")
def _event_source(happened: Happened, info: Any) -> Snapshot | None:
    community = info.context.community
    source = community.repository_by_identity(happened[1].source)
    return None if source is None else community.snapshot(source)


@field("ConvertedToDiscussionEvent", "discussion")
def _event_discussion(happened: Happened, info: Any) -> dict[str, Any]:
    item, _ = happened
    repository = item.snapshot.repository
    number = int(repository.items.number[item.place])
    url = f"{info.context.root}/{repository.full_name}/discussions/{number}"
    return {"number": number, "title": render.title(repository, item.place), "url": url}


@field("ClosedEvent", "stateReason")
def _event_reason(happened: Happened, _info: Any) -> str | None:
    return None if is_pull(happened[0]) else happened[0].snapshot.state_reason(happened[0].place)


@field("LabeledEvent", "label")
def _event_label(happened: Happened, _info: Any) -> LabelOf:
    return LabelOf(happened[0].snapshot, happened[1].label)


@field("AssignedEvent", "assignee")
def _event_assignee(happened: Happened, _info: Any) -> Person | None:
    return account(happened[0], happened[1].assignee)


@field("CrossReferencedEvent", "source", "target", "isCrossRepository", "willCloseTarget")
def _event_reference(happened: Happened, info: Any) -> Any:
    item, event = happened
    match info.field_name:
        case "source":
            return Item(item.snapshot, event.pull)
        case "target":
            return item
        case "isCrossRepository":
            return False
        case _:
            return item.snapshot.repository.claims.of[item.place].solves
