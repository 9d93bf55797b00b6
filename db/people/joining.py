"""Who is who: the evidence and the decisions by hand brought together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from db.people.decisions import PAIRS, Decision
from db.people.evidence import Landings, find_links, read_confirmed, remember_logins
from db.people.kinds import Judge
from db.people.merging import BY_HAND, HAND, Grouping, Link, grouped
from db.people.organizations import Directory
from db.people.seen import Seen


@dataclass(frozen=True)
class ByHand:
    """What a hand said of identities: links that it made, and pairs that it told apart."""

    links: Sequence[Link]
    apart: Sequence[tuple[int, int]]


def by_hand(decisions: Iterable[Decision], named: Mapping[str, Sequence[Seen]]) -> ByHand:
    """The decisions on who is who, about those identities that are held (`named` by reference)."""
    links, apart = [], []
    for each in decisions:
        if each.decision not in PAIRS or not {each.identity, each.value} <= named.keys():
            continue
        one, other = named[each.identity], named[each.value]
        if each.decision == "merge":
            first, second = sorted((one[0].identity_id, other[0].identity_id))
            links.append(Link(HAND, first, second, f"{BY_HAND}: {each.why}"))
        else:
            apart += [(a.identity_id, b.identity_id) for a in one for b in other]
    return ByHand(links, apart)


def who_is_who(
    connection: Connection,
    identities: Sequence[Seen],
    decided: ByHand,
    judge: Judge,
    directory: Directory,
    steward: str,
    landings: Mapping[int, Landings],
) -> tuple[Grouping, Mapping[Link, float]]:
    """The people that these identities are, and the links too weak to join them, with their scores."""
    named = [each for each in identities if each.forgotten_person is None]
    found = find_links(
        named,
        remember_logins(connection, named),
        landings,
        read_confirmed(connection),
        judge.is_person,
        lambda each: organization_now(directory, each) == steward,
    )
    links = [*decided.links, *_forgotten_together(identities), *found.links]
    return grouped(identities, links, decided.apart), found.weak


def organization_now(directory: Directory, each: Seen) -> str | None:
    """Whose an identity's address is at present; None for free mail and where nobody knows."""
    tenures = directory.tenures(each.domain) if each.domain else None
    return tenures[-1].organization if tenures else None


def _forgotten_together(identities: Sequence[Seen]) -> list[Link]:
    """A forgotten person's identities stay together, though nothing is left that says why."""
    first: dict[int, int] = {}
    links = []
    for each in identities:
        if each.forgotten_person is not None:
            anchor = first.setdefault(each.forgotten_person, each.identity_id)
            if anchor != each.identity_id:
                links.append(Link(HAND, anchor, each.identity_id, "forgotten together"))
    return links
