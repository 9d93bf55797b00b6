"""REST: issues, their comments and timelines, and labels."""

from typing import Any

from collector.simulator import labels
from collector.simulator.clock import from_iso, iso
from collector.simulator.community import node_id
from collector.simulator.cursors import read_cursor, write_cursor
from collector.simulator.events import Event, Happened, references, timeline
from collector.simulator.http import ApiError, Json
from collector.simulator.rest import render, reviews
from collector.simulator.rest.call import Call, get

DEEPEST = 10_000


def since(call: Call) -> int:
    """The `since` parameter in seconds, 0 when absent. Raises ApiError 422 for what is no time."""
    text = call.request.query.get("since", "")
    if not text:
        return 0
    try:
        return from_iso(text.replace(" ", "+"))
    except ValueError as problem:
        raise ApiError(422, f"Invalid since: {text}") from problem


def _states(call: Call) -> frozenset[str]:
    state = call.request.query.get("state", "open")
    if state not in ("open", "closed", "all"):
        raise ApiError(
            422, "Validation Failed", errors=[{"resource": "Issue", "field": "state", "code": "invalid"}]
        )
    return frozenset() if state == "all" else frozenset([state.upper(), "MERGED_TOO"])


def ordering(call: Call, usual: str, allowed: tuple[str, ...]) -> tuple[str, bool]:
    """What to sort by, and whether downwards."""
    order = call.request.query.get("sort", usual)
    if order not in allowed:
        order = usual
    return order, call.request.query.get("direction", "desc") != "asc"


@get("{repository}/issues")
def list_issues(call: Call) -> list[Any]:
    """Issues and pull requests, by page or by cursor."""
    order, descending = ordering(call, "created", ("created", "updated", "comments"))
    wanted, author = 0, None
    for name in filter(None, call.request.query.get("labels", "").split(",")):
        wanted |= labels.BIT.get(name, 1 << 60)
    if creator := call.request.query.get("creator"):
        person = call.community.person(creator)
        author = -2 if person is None else person.index
    places = call.snapshot.select("all", _states(call), order, descending, since(call), wanted, author)
    size, number = call.per_page, max(1, call.request.number("page", 1))
    after = call.request.query.get("after")
    if after is not None:
        key = read_cursor(after)
        keys = call.snapshot.keys(places, order)
        start = call.snapshot.after(keys, key, descending)
    else:
        if number * size > DEEPEST:
            raise ApiError(
                422,
                "Pagination with the page parameter is not supported for large datasets, please use "
                "cursor based pagination (after/before)",
            )
        start = (number - 1) * size
    shown = places[start : start + size]
    if start + size < places.size:
        last = int(call.snapshot.keys(shown[-1:], order)[0])
        call.link(next={"after": write_cursor(last), "page": number + 1})
    return [render.issue(call.request.api, call.snapshot, int(place)) for place in shown]


@get("{repository}/issues/{number}")
def one_issue(call: Call) -> Json:
    """One issue or pull request."""
    return {**render.issue(call.request.api, call.snapshot, call.place()), "closed_by": _closed_by(call)}


def _closed_by(call: Call) -> Json | None:
    place = call.place()
    if call.snapshot.state(place) == "OPEN":
        return None
    return render.author(call.request.api, call.repository, int(call.repository.items.closer[place]))


@get("{repository}/issues/comments")
def list_comments(call: Call) -> list[Any]:
    """Every comment in the repository; rising in time unless asked, as GitHub's are."""
    order, _ = ordering(call, "created", ("created", "updated"))
    descending = "sort" in call.request.query and call.request.query.get("direction", "desc") == "desc"
    snapshot = call.snapshot
    places = snapshot.comments_by_updated if order == "updated" else snapshot.comments_by_created
    bound = since(call)
    if bound:
        places = places[snapshot.comment_updated[places] >= bound]
    # The whole list stays an array: there are hundreds of thousands.
    page = call.page(places[::-1] if descending else places, deepest=DEEPEST)
    return [render.comment(call.request.api, snapshot, int(place)) for place in page]


@get("{repository}/issues/{number}/comments")
def comments_of_issue(call: Call) -> list[Any]:
    """The comments under one issue or pull request."""
    snapshot, place = call.snapshot, call.place()
    start = int(snapshot.comment_start[place])
    places: list[int] = list(range(start, start + int(snapshot.comment_count[place])))
    if bound := since(call):
        places = [each for each in places if int(snapshot.comment_updated[each]) >= bound]
    return [render.comment(call.request.api, snapshot, each) for each in call.page(places)]


@get("{repository}/issues/events")
def list_events(call: Call) -> list[Any]:
    """Everything that happened to the repository's issues and pull requests, newest first."""
    page = call.page(Happened(call.snapshot), deepest=DEEPEST)
    return [
        {**_event(call, event), "issue": render.issue(call.request.api, call.snapshot, place)}
        for place, event in page
    ]


@get("{repository}/issues/{number}/events")
def events_of_issue(call: Call) -> list[Any]:
    """What happened to one issue or pull request."""
    return [_event(call, event) for event in call.page(timeline(call.snapshot, call.place()))]


def _event(call: Call, event: Event) -> Json:
    row: Json = {
        "id": event.identity,
        "node_id": node_id(event.prefix, event.identity),
        "url": f"{call.request.api}/repos/{call.repository.full_name}/issues/events/{event.identity}",
        "event": event.kind,
        "actor": render.author(call.request.api, call.repository, event.actor),
        "created_at": iso(event.when),
        "commit_id": None,
        "performed_via_github_app": None,
    }
    if event.label >= 0:
        label = labels.LABELS[event.label]
        row["label"] = {"name": label.name, "color": label.color}
    if event.commit >= 0:
        row["commit_id"] = call.community.names.of(call.repository)[event.commit]
    if event.assignee >= 0:
        row["assignee"] = render.author(call.request.api, call.repository, event.assignee)
    if event.kind == "closed" and event.reason is not None:
        row["state_reason"] = event.reason.lower()
    return row


@get("{repository}/issues/{number}/timeline")
def timeline_of_issue(call: Call) -> list[Any]:
    """What happened to one issue or pull request, comments and reviews included."""
    snapshot, place, api = call.snapshot, call.place(), call.request.api
    rows = [(event.when, _event(call, event)) for event in timeline(snapshot, place)]
    for event in references(snapshot, place):
        source = {"type": "issue", "issue": render.issue(api, snapshot, event.pull)}
        rows.append((event.when, _event(call, event) | {"event": "cross-referenced", "source": source}))
    start = int(snapshot.comment_start[place])
    for each in range(start, start + int(snapshot.comment_count[place])):
        comment = render.comment(api, snapshot, each)
        comment.update(event="commented", actor=comment["user"])
        rows.append((int(call.repository.comments.created[each]), comment))
    start = int(snapshot.review_start[place])
    for each in range(start, start + int(snapshot.review_count[place])):
        review = reviews.review(api, snapshot, each)
        review.update(event="reviewed", state=str(review["state"]).lower())
        rows.append((int(call.repository.reviews.submitted[each]), review))
    rows.sort(key=lambda pair: pair[0])
    return [row for _, row in call.page(rows)]


@get("{repository}/labels")
def list_labels(call: Call) -> list[Any]:
    """The repository's labels."""
    page = call.page(range(len(labels.LABELS)))
    return [render.label(call.request.api, call.repository, place) for place in page]
