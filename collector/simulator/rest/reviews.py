"""How REST writes reviews and remarks on code."""

from collector.simulator.clock import iso
from collector.simulator.community import node_id
from collector.simulator.conversation import REVIEW_STATES
from collector.simulator.http import Json
from collector.simulator.rest import render
from collector.simulator.snapshot import Snapshot
from collector.simulator.wording import reply


def review(api: str, snapshot: Snapshot, place: int) -> Json:
    """A review of a pull request."""
    repository = snapshot.repository
    reviews, identity = repository.reviews, int(repository.review_ids[place])
    number, index = int(repository.items.number[reviews.item[place]]), int(reviews.author[place])
    return {
        "id": identity,
        "node_id": node_id("PRR", identity),
        "user": render.author(api, repository, index),
        "body": "" if reviews.remarks[place] else reply(repository.number_for(55, place)),
        "state": REVIEW_STATES[int(reviews.state[place])],
        "submitted_at": iso(int(reviews.submitted[place])),
        "author_association": snapshot.association(index),
        "pull_request_url": f"{api}/repos/{repository.full_name}/pulls/{number}",
        "commit_id": None,
        "html_url": f"{api.removesuffix('/api/v3')}/{repository.full_name}/pull/{number}"
        f"#pullrequestreview-{identity}",
    }


def remark(api: str, snapshot: Snapshot, place: int, position: int) -> Json:
    """A remark on a line of code, the `position`-th of a review."""
    repository = snapshot.repository
    reviews, areas = repository.reviews, repository.specification.areas
    identity = repository.ids.start + 1 + int(repository.remark_start[place]) + position
    number, index = int(repository.items.number[reviews.item[place]]), int(reviews.author[place])
    text, when = repository.number_for(56, place, position), iso(int(reviews.submitted[place]))
    return {
        "url": f"{api}/repos/{repository.full_name}/pulls/comments/{identity}",
        "id": identity,
        "pull_request_review_id": int(repository.review_ids[place]),
        "node_id": node_id("PRRC", identity),
        "path": f"{areas[text % len(areas)]}/part_{text % 4}.py",
        "user": render.author(api, repository, index),
        "body": reply(text),
        "created_at": when,
        "updated_at": when,
        "commit_id": None,
        "pull_request_url": f"{api}/repos/{repository.full_name}/pulls/{number}",
        "author_association": snapshot.association(index),
        "reactions": {"total_count": 0},
    }
