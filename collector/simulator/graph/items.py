"""GraphQL: issues, pull requests, what is said about them and what happened to them."""

from typing import Any

import numpy as np

from collector.simulator import labels
from collector.simulator.clock import NEVER, from_iso, iso
from collector.simulator.community import node_id
from collector.simulator.conversation import REVIEW_STATES
from collector.simulator.events import Event, timeline
from collector.simulator.graph.connections import Connection, by_key, by_position
from collector.simulator.graph.fields import Committed, Item, LabelOf, Remark, Review, Thing, field, page_of
from collector.simulator.people import Person
from collector.simulator.rest import render
from collector.simulator.snapshot import Snapshot
from collector.simulator.wording import reply

BOTH = "Issue PullRequest"
SAID = "IssueComment PullRequestReview PullRequestReviewComment"


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
def _id(item: Item, info: Any) -> str:
    return node_id("PR" if is_pull(item) else "I", identity(item))


@field(BOTH, "databaseId")
def _database_id(item: Item, info: Any) -> int:
    return identity(item)


@field(BOTH, "fullDatabaseId")
def _full_database_id(item: Item, info: Any) -> str:
    return str(identity(item))


@field(BOTH, "number")
def _number(item: Item, info: Any) -> int:
    return int(item.snapshot.repository.items.number[item.place])


@field(BOTH, "title")
def _title(item: Item, info: Any) -> str:
    return render.title(item.snapshot.repository, item.place)


@field(BOTH, "body", "bodyText")
def _body(item: Item, info: Any) -> str:
    return render.body(item.snapshot.repository, item.place)


@field(BOTH, "url")
def _url(item: Item, info: Any) -> str:
    return address(item, info.context.root)


@field(BOTH, "repository")
def _repository(item: Item, info: Any) -> Snapshot:
    return item.snapshot


@field(BOTH, "author")
def _author(item: Item, info: Any) -> Person | None:
    return account(item, int(item.snapshot.repository.items.author[item.place]))


@field(BOTH, "authorAssociation")
def _association(item: Item, info: Any) -> str:
    return item.snapshot.association(int(item.snapshot.repository.items.author[item.place]))


@field(BOTH, "createdAt")
def _created(item: Item, info: Any) -> str:
    return iso(int(item.snapshot.repository.items.created[item.place]))


@field(BOTH, "updatedAt")
def _updated(item: Item, info: Any) -> str:
    return iso(int(item.snapshot.updated_at[item.place]))


@field(BOTH, "closedAt")
def _closed_at(item: Item, info: Any) -> str | None:
    return _moment(int(item.snapshot.closed_at[item.place]))


@field(BOTH, "closed")
def _closed(item: Item, info: Any) -> bool:
    return int(item.snapshot.closed_at[item.place]) < NEVER


@field(BOTH, "locked")
@field("PullRequest", "isDraft")
def _locked(item: Item, info: Any) -> bool:
    return False


@field(BOTH, "state")
def _state(item: Item, info: Any) -> str:
    return item.snapshot.state(item.place)


@field("Issue", "stateReason")
def _state_reason(item: Item, info: Any) -> str | None:
    return item.snapshot.state_reason(item.place)


@field(BOTH, "reactions")
def _reactions(item: Item, info: Any, **_: Any) -> dict[str, int]:
    return {"totalCount": int(item.snapshot.repository.items.reactions[item.place])}


@field(BOTH, "labels")
def _labels(item: Item, info: Any, **arguments: Any) -> Connection:
    places = labels.members(int(item.snapshot.repository.items.labels[item.place]))
    return by_position([LabelOf(item.snapshot, place) for place in places], page_of(arguments))


@field(BOTH, "comments")
def _comments(item: Item, info: Any, orderBy: Any = None, **arguments: Any) -> Connection:
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
def _participants(item: Item, info: Any, **arguments: Any) -> Connection:
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
def _base(item: Item, info: Any) -> str:
    return item.snapshot.repository.specification.branch


@field("PullRequest", "headRefName")
def _head(item: Item, info: Any) -> str:
    return f"change-{int(item.snapshot.repository.items.number[item.place])}"


@field("PullRequest", "merged")
def _merged(item: Item, info: Any) -> bool:
    return bool(item.snapshot.merged[item.place])


@field("PullRequest", "mergedAt")
def _merged_at(item: Item, info: Any) -> str | None:
    return _moment(int(item.snapshot.closed_at[item.place])) if item.snapshot.merged[item.place] else None


@field("PullRequest", "mergedBy")
def _merged_by(item: Item, info: Any) -> Person | None:
    if not item.snapshot.merged[item.place]:
        return None
    return account(item, int(item.snapshot.repository.items.closer[item.place]))


@field("PullRequest", "mergeCommit")
def _merge_commit(item: Item, info: Any) -> Committed | None:
    if not item.snapshot.merged[item.place]:
        return None
    return Committed(item.snapshot, int(item.snapshot.repository.landing[item.place]))


@field("PullRequest", "reviews")
def _reviews(
    item: Item, info: Any, states: list[str] | None = None, author: str | None = None, **arguments: Any
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


@field(BOTH, "timelineItems")
def _timeline(
    item: Item, info: Any, itemTypes: list[str] | None = None, since: str | None = None, **arguments: Any
) -> Connection:  # fmt: skip
    snapshot, repository = item.snapshot, item.snapshot.repository
    rows: list[tuple[int, Any]] = [(event.when, (item, event)) for event in timeline(snapshot, item.place)]
    start = int(snapshot.comment_start[item.place])
    for place in range(start, start + int(snapshot.comment_count[item.place])):
        rows.append((int(repository.comments.created[place]), Remark(snapshot, place)))
    start = int(snapshot.review_start[item.place])
    for place in range(start, start + int(snapshot.review_count[item.place])):
        rows.append((int(repository.reviews.submitted[place]), Review(snapshot, place)))
    if since is not None:
        rows = [row for row in rows if row[0] >= from_iso(since)]
    if itemTypes is not None:
        rows = [row for row in rows if timeline_kind(row[1]) in itemTypes]
    rows.sort(key=lambda row: row[0])
    return by_position([row[1] for row in rows], page_of(arguments))


def timeline_kind(what: Any) -> str:
    """The name timelines filter a thing by."""
    if isinstance(what, Remark):
        return "ISSUE_COMMENT"
    return "PULL_REQUEST_REVIEW" if isinstance(what, Review) else f"{what[1].kind.upper()}_EVENT"


EVENTS = "ClosedEvent LabeledEvent MergedEvent ReopenedEvent"
Happened = tuple[Item, Event]


@field(EVENTS, "id")
def _event_id(happened: Happened, info: Any) -> str:
    return node_id(happened[1].prefix, happened[1].identity)


@field(EVENTS, "actor")
def _event_actor(happened: Happened, info: Any) -> Person | None:
    return account(happened[0], happened[1].actor)


@field(EVENTS, "createdAt")
def _event_created(happened: Happened, info: Any) -> str:
    return iso(happened[1].when)


@field("ClosedEvent", "closer")
@field("MergedEvent", "commit")
def _event_commit(happened: Happened, info: Any) -> Committed | None:
    item, event = happened
    return Committed(item.snapshot, event.commit) if event.commit >= 0 else None


@field("ClosedEvent", "stateReason")
def _event_reason(happened: Happened, info: Any) -> str | None:
    return None if is_pull(happened[0]) else happened[0].snapshot.state_reason(happened[0].place)


@field("LabeledEvent", "label")
def _event_label(happened: Happened, info: Any) -> LabelOf:
    return LabelOf(happened[0].snapshot, happened[1].label)


def _said(thing: Thing) -> tuple[int, int, int, int]:
    """Author, creation, last change and id of a comment, review or remark on code."""
    repository, place = thing.snapshot.repository, thing.place
    if isinstance(thing, Remark):
        return (int(repository.comments.author[place]), int(repository.comments.created[place]),
                int(thing.snapshot.comment_updated[place]), int(repository.comment_ids[place]))  # fmt: skip
    if isinstance(thing, CodeRemark):
        place = thing.place
        when = int(repository.reviews.submitted[place])
        number = repository.ids.start + 1 + int(repository.remark_start[place]) + thing.position
        return int(repository.reviews.author[place]), when, when, number
    when = int(repository.reviews.submitted[place])
    return int(repository.reviews.author[place]), when, when, int(repository.review_ids[place])


class CodeRemark(Review):
    """A remark on a line of code, the `position`-th of its review."""

    def __init__(self, snapshot: Snapshot, place: int, position: int) -> None:
        super().__init__(snapshot, place)
        object.__setattr__(self, "position", position)

    position: int


@field(SAID, "author")
def _said_author(thing: Thing, info: Any) -> Person | None:
    return account(thing, _said(thing)[0])


@field(SAID, "authorAssociation")
def _said_association(thing: Thing, info: Any) -> str:
    return thing.snapshot.association(_said(thing)[0])


@field(SAID, "createdAt", "submittedAt")
def _said_created(thing: Thing, info: Any) -> str:
    return iso(_said(thing)[1])


@field(SAID, "updatedAt")
def _said_updated(thing: Thing, info: Any) -> str:
    return iso(_said(thing)[2])


@field(SAID, "databaseId")
def _said_database_id(thing: Thing, info: Any) -> int:
    return _said(thing)[3]


@field(SAID, "fullDatabaseId")
def _said_full_database_id(thing: Thing, info: Any) -> str:
    return str(_said(thing)[3])


@field(SAID, "id")
def _said_id(thing: Thing, info: Any) -> str:
    prefix = "IC" if isinstance(thing, Remark) else "PRRC" if isinstance(thing, CodeRemark) else "PRR"
    return node_id(prefix, _said(thing)[3])


@field("IssueComment", "body", "bodyText")
def _comment_body(thing: Remark, info: Any) -> str:
    return render.comment_body(thing.snapshot.repository, thing.place)


@field("IssueComment", "lastEditedAt")
def _comment_edited(thing: Remark, info: Any) -> str | None:
    _, created, updated, _ = _said(thing)
    return iso(updated) if updated > created else None


@field("IssueComment", "issue")
def _comment_issue(thing: Remark, info: Any) -> Item:
    return Item(thing.snapshot, int(thing.snapshot.repository.comments.item[thing.place]))


@field("IssueComment", "pullRequest")
def _comment_pull(thing: Remark, info: Any) -> Item | None:
    item = Item(thing.snapshot, int(thing.snapshot.repository.comments.item[thing.place]))
    return item if is_pull(item) else None


@field("IssueComment", "reactions")
def _comment_reactions(thing: Remark, info: Any, **_: Any) -> dict[str, int]:
    return {"totalCount": thing.snapshot.repository.number_for(54, thing.place) % 40 // 38}


@field("IssueComment", "url")
def _comment_url(thing: Remark, info: Any) -> str:
    item = Item(thing.snapshot, int(thing.snapshot.repository.comments.item[thing.place]))
    return f"{address(item, info.context.root)}#issuecomment-{_said(thing)[3]}"


@field("PullRequestReview", "url")
def _review_url(thing: Review, info: Any) -> str:
    item = Item(thing.snapshot, int(thing.snapshot.repository.reviews.item[thing.place]))
    return f"{address(item, info.context.root)}#pullrequestreview-{_said(thing)[3]}"


@field("PullRequestReview", "pullRequest")
def _review_pull(thing: Review, info: Any) -> Item:
    return Item(thing.snapshot, int(thing.snapshot.repository.reviews.item[thing.place]))


@field("PullRequestReview", "body")
def _review_body(thing: Review, info: Any) -> str:
    repository = thing.snapshot.repository
    return "" if repository.reviews.remarks[thing.place] else reply(repository.number_for(55, thing.place))


@field("PullRequestReview", "state")
def _review_state(thing: Review, info: Any) -> str:
    return REVIEW_STATES[int(thing.snapshot.repository.reviews.state[thing.place])]


@field("PullRequestReview", "comments")
def _review_comments(thing: Review, info: Any, **arguments: Any) -> Connection:
    count = int(thing.snapshot.repository.reviews.remarks[thing.place])
    remarks = [CodeRemark(thing.snapshot, thing.place, position) for position in range(count)]
    return by_position(remarks, page_of(arguments))


@field("PullRequestReviewComment", "body")
def _remark_body(thing: CodeRemark, info: Any) -> str:
    return reply(thing.snapshot.repository.number_for(56, thing.place, thing.position))


@field("PullRequestReviewComment", "path")
def _remark_path(thing: CodeRemark, info: Any) -> str:
    areas = thing.snapshot.repository.specification.areas
    text = thing.snapshot.repository.number_for(56, thing.place, thing.position)
    return f"{areas[text % len(areas)]}/part_{text % 4}.py"
