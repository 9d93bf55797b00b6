"""REST: pull requests, their reviews, and remarks on code."""

from typing import Any

import numpy as np

from collector.simulator.clock import iso
from collector.simulator.contents import files_of
from collector.simulator.http import Json, not_found
from collector.simulator.rest import render, reviews
from collector.simulator.rest.call import Call, get
from collector.simulator.rest.issues import DEEPEST, ordering, since


@get("{repository}/pulls")
def list_pulls(call: Call) -> list[Any]:
    """Pull requests; there is no `since` here."""
    order, _ = ordering(call, "created", ("created", "updated"))
    usual = "asc" if order == "updated" and "sort" in call.request.query else "desc"
    descending = call.request.query.get("direction", usual) == "desc"
    state = call.request.query.get("state", "open")
    states = frozenset() if state == "all" else frozenset([state.upper(), "MERGED_TOO"])
    places = call.page(call.snapshot.select("pull", states, order, descending).tolist(), deepest=DEEPEST)
    return [
        render.pull(call.request.api, call.snapshot, int(place), _base(call, int(place))) for place in places
    ]


def _base(call: Call, place: int) -> str | None:
    """What stood on the default branch when a pull request was opened."""
    repository = call.repository
    opened = int(repository.items.created[place])
    before = int(np.searchsorted(repository.commits.visible, opened, side="right")) - 1
    return call.community.names.of(repository)[before] if before >= 0 else None


def _pull(call: Call) -> int:
    place = call.place()
    if not call.repository.items.is_pull[place]:
        raise not_found()
    return place


@get("{repository}/pulls/{number}")
def one_pull(call: Call) -> Json:
    """One pull request in full."""
    place, snapshot, repository = _pull(call), call.snapshot, call.repository
    items, api = repository.items, call.request.api
    merged = bool(snapshot.merged[place])
    start, count = int(snapshot.review_start[place]), int(snapshot.review_count[place])
    commit = int(repository.landing[place]) if merged else -1
    return {
        **render.pull(api, snapshot, place, _base(call, place)),
        "merged": merged,
        "mergeable": None,
        "rebaseable": None,
        "merge_commit_sha": call.community.names.of(repository)[commit] if commit >= 0 else None,
        "merged_by": render.author(api, repository, int(items.closer[place])) if merged else None,
        "comments": int(snapshot.comment_count[place]),
        "commits": 1,
        "maintainer_can_modify": False,
        "review_comments": int(repository.reviews.remarks[start : start + count].sum()),
        "additions": int(items.additions[place]),
        "deletions": int(items.deletions[place]),
        "changed_files": int(items.files[place]),
    }


@get("{repository}/pulls/{number}/reviews")
def reviews_of_pull(call: Call) -> list[Any]:
    """The reviews of one pull request."""
    place, snapshot = _pull(call), call.snapshot
    start = int(snapshot.review_start[place])
    page = call.page(range(start, start + int(snapshot.review_count[place])))
    return [reviews.review(call.request.api, snapshot, each) for each in page]


@get("{repository}/pulls/{number}/comments")
def remarks_of_pull(call: Call) -> list[Any]:
    """The remarks on code of one pull request."""
    place, snapshot = _pull(call), call.snapshot
    start = int(snapshot.review_start[place])
    judged = range(start, start + int(snapshot.review_count[place]))
    remarks = call.repository.reviews.remarks
    held = [(review, position) for review in judged for position in range(int(remarks[review]))]
    page = call.page(held)
    return [reviews.remark(call.request.api, snapshot, review, position) for review, position in page]


@get("{repository}/pulls/{number}/commits")
def commits_of_pull(call: Call) -> list[Any]:
    """The one commit on the branch of a pull request, which is another than that which lands it."""
    place, repository, api = _pull(call), call.repository, call.request.api
    sha, index = render.head_commit(repository, place), int(repository.items.author[place])
    person, when = repository.population.people[index], int(repository.items.created[place])
    signed = {"name": person.name or person.signature, "email": person.email_at(when), "date": iso(when)}
    page = call.page(
        [
            {
                "sha": sha,
                "url": f"{api}/repos/{repository.full_name}/commits/{sha}",
                "commit": {
                    "author": signed,
                    "committer": signed,
                    "message": render.title(repository, place),
                    "comment_count": 0,
                },
                "author": render.author(api, repository, index),
                "committer": render.author(api, repository, index),
                "parents": [],
            }
        ]
    )
    return list(page)


@get("{repository}/pulls/{number}/requested_reviewers")
def requested_reviewers(call: Call) -> Json:
    """Whose review is asked for: nobody's."""
    _pull(call)
    return {"users": [], "teams": []}


@get("{repository}/pulls/{number}/files")
def files_of_pull(call: Call) -> list[Any]:
    """The files one pull request changes; three thousand at most, as on GitHub."""
    page = call.page(files_of(call.repository, _pull(call))[:3_000])
    return [
        {
            "sha": None,
            "filename": each.path,
            "status": each.status,
            "additions": each.additions,
            "deletions": each.deletions,
            "changes": each.additions + each.deletions,
        }
        for each in page
    ]


@get("{repository}/pulls/comments")
def list_remarks(call: Call) -> list[Any]:
    """Every remark on code in the repository, rising in time unless asked otherwise."""
    snapshot, judged = call.snapshot, call.repository.reviews
    places = snapshot.reviews_by_time
    places = places[int(np.searchsorted(judged.submitted[places], since(call), side="left")) :]
    if call.repository.altered.gone:
        places = places[snapshot.there[judged.item[places]]]
    counts = judged.remarks[places]
    ends = np.cumsum(counts)
    ranks = range(int(counts.sum()))
    if "sort" in call.request.query and call.request.query.get("direction", "desc") == "desc":
        ranks = ranks[::-1]
    page: list[Any] = []
    for rank in call.page(ranks, deepest=DEEPEST):
        turn = int(np.searchsorted(ends, rank, side="right"))
        position = rank - int(ends[turn] - counts[turn])
        page.append(reviews.remark(call.request.api, snapshot, int(places[turn]), position))
    return page
