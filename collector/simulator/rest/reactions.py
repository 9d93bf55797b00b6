"""REST: who reacted to issues, pull requests, comments and remarks on code."""

from typing import Any

from collector.simulator.clock import iso
from collector.simulator.community import node_id
from collector.simulator.http import Json, not_found
from collector.simulator.repository import REACTIONS
from collector.simulator.rest import render
from collector.simulator.rest.call import Call, get


def _reaction(call: Call, identity: int, kind: str, when: int) -> Json:
    """One reaction; its number decides who reacted, and how long after `when` (seconds since 1970)."""
    repository = call.repository
    lot = repository.number_for(86, identity)
    return {
        "id": identity,
        "node_id": node_id("REA", identity),
        "user": render.author(call.request.api, repository, lot % repository.population.humans),
        "content": kind,
        "created_at": iso(min(when + lot % 500_000, max(when, call.snapshot.now))),
    }


@get("{repository}/issues/{number}/reactions")
def reactions_of_issue(call: Call) -> list[Any]:
    """The reactions to an issue or pull request, as many of each kind as it tells."""
    place, repository = call.place(), call.repository
    first = repository.ids.start + int(repository.items.reactions[:place].sum())
    counted = repository.reactions_by_kind(place)
    kinds = [name for kind, name in REACTIONS.items() for _ in range(counted[kind])]
    when = int(repository.items.created[place])
    page = call.page(list(enumerate(kinds, first)))
    return [_reaction(call, identity, kind, when) for identity, kind in page]


@get("{repository}/issues/comments/{number}/reactions")
def reactions_of_comment(call: Call) -> list[Any]:
    """The reactions to a comment."""
    repository = call.repository
    identity = int(call.arguments["number"])
    rank = identity - repository.ids.start - 1
    if not 0 <= rank < repository.comments_in_time.size:
        raise not_found()
    place = int(repository.comments_in_time[rank])
    when = int(repository.comments.created[place])
    if when > call.snapshot.now or not call.snapshot.has(int(repository.comments.item[place])):
        raise not_found()
    own = repository.ids.start + repository.ids.size // 2 + rank
    count = render.comment_reactions(repository, place)
    return [_reaction(call, each, "+1", when) for each in call.page(range(own, own + count))]


@get("{repository}/pulls/comments/{number}/reactions")
def reactions_of_remark(call: Call) -> list[Any]:
    """The reactions to a remark on code: nobody reacts to those."""
    return list(call.page([]))
