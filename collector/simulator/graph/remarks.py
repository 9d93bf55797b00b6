"""GraphQL: comments, reviews and remarks on code."""

from typing import Any

from collector.simulator.clock import iso
from collector.simulator.community import node_id
from collector.simulator.conversation import REVIEW_STATES
from collector.simulator.graph.connections import Connection, by_position
from collector.simulator.graph.fields import (
    Item,
    Remark,
    Review,
    Thing,
    field,
    page_of,
)
from collector.simulator.graph.items import account, address, is_pull
from collector.simulator.people import Person
from collector.simulator.rest import render
from collector.simulator.snapshot import Snapshot
from collector.simulator.wording import reply

SAID = "IssueComment PullRequestReview PullRequestReviewComment"


def _said(thing: Thing) -> tuple[int, int, int, int]:
    """Author, creation, last change and id of a comment, review or remark on code."""
    repository, place = thing.snapshot.repository, thing.place
    if isinstance(thing, Remark):
        return (
            int(repository.comments.author[place]),
            int(repository.comments.created[place]),
            int(thing.snapshot.comment_updated[place]),
            int(repository.comment_ids[place]),
        )
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
def _said_author(thing: Thing, _info: Any) -> Person | None:
    return account(thing, _said(thing)[0])


@field(SAID, "authorAssociation")
def _said_association(thing: Thing, _info: Any) -> str:
    return thing.snapshot.association(_said(thing)[0])


@field(SAID, "createdAt", "submittedAt")
def _said_created(thing: Thing, _info: Any) -> str:
    return iso(_said(thing)[1])


@field(SAID, "updatedAt")
def _said_updated(thing: Thing, _info: Any) -> str:
    return iso(_said(thing)[2])


@field(SAID, "databaseId")
def _said_database_id(thing: Thing, _info: Any) -> int:
    return _said(thing)[3]


@field(SAID, "fullDatabaseId")
def _said_full_database_id(thing: Thing, _info: Any) -> str:
    return str(_said(thing)[3])


@field(SAID, "id")
def _said_id(thing: Thing, _info: Any) -> str:
    prefix = "IC" if isinstance(thing, Remark) else "PRRC" if isinstance(thing, CodeRemark) else "PRR"
    return node_id(prefix, _said(thing)[3])


@field("IssueComment", "body", "bodyText")
def _comment_body(thing: Remark, _info: Any) -> str:
    return render.comment_body(thing.snapshot.repository, thing.place)


@field("IssueComment", "lastEditedAt")
def _comment_edited(thing: Remark, _info: Any) -> str | None:
    _, created, updated, _ = _said(thing)
    return iso(updated) if updated > created else None


@field("IssueComment", "issue")
def _comment_issue(thing: Remark, _info: Any) -> Item:
    return Item(thing.snapshot, int(thing.snapshot.repository.comments.item[thing.place]))


@field("IssueComment", "pullRequest")
def _comment_pull(thing: Remark, _info: Any) -> Item | None:
    item = Item(thing.snapshot, int(thing.snapshot.repository.comments.item[thing.place]))
    return item if is_pull(item) else None


@field("IssueComment", "reactions")
def _comment_reactions(thing: Remark, _info: Any, **_: Any) -> dict[str, int]:
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
def _review_pull(thing: Review, _info: Any) -> Item:
    return Item(thing.snapshot, int(thing.snapshot.repository.reviews.item[thing.place]))


@field("PullRequestReview", "body")
def _review_body(thing: Review, _info: Any) -> str:
    repository = thing.snapshot.repository
    return "" if repository.reviews.remarks[thing.place] else reply(repository.number_for(55, thing.place))


@field("PullRequestReview", "state")
def _review_state(thing: Review, _info: Any) -> str:
    return REVIEW_STATES[int(thing.snapshot.repository.reviews.state[thing.place])]


@field("PullRequestReview", "comments")
def _review_comments(thing: Review, _info: Any, **arguments: Any) -> Connection:
    count = int(thing.snapshot.repository.reviews.remarks[thing.place])
    remarks = [CodeRemark(thing.snapshot, thing.place, position) for position in range(count)]
    return by_position(remarks, page_of(arguments))


@field("PullRequestReviewComment", "body")
def _remark_body(thing: CodeRemark, _info: Any) -> str:
    return reply(thing.snapshot.repository.number_for(56, thing.place, thing.position))


@field("PullRequestReviewComment", "path")
def _remark_path(thing: CodeRemark, _info: Any) -> str:
    areas = thing.snapshot.repository.specification.areas
    text = thing.snapshot.repository.number_for(56, thing.place, thing.position)
    return f"{areas[text % len(areas)]}/part_{text % 4}.py"
