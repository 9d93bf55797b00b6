"""Identities → people: links of evidence, the strongest first, and what a hand said above all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from db.people.seen import Seen, person_id_of

#: A reason that begins so was given by hand.
BY_HAND = "manual"
#: Links by what they rest on; a lower number is looked at first.
HAND, ACCOUNT, ADDRESS, LOGIN, PULL_REQUEST, LOCAL_PART = range(6)


class Link(NamedTuple):
    """That two identities are one person, and why. Links sort by strength, then by id alone."""

    strength: int
    one: int
    other: int
    reason: str


@dataclass(frozen=True)
class Grouping:
    """Who is who: person → identities, identity → (person, reason), and the links that were refused."""

    people: Mapping[int, Sequence[Seen]]
    reasons: Mapping[int, tuple[int, str]]
    refused: Sequence[Link]


class _Group:
    """Identities that are one person so far: their GitHub numbers, and who may not be among them."""

    def __init__(self, each: Seen) -> None:
        self.members = [each.identity_id]
        self.numbers = {each.github_user_id} - {None}
        self.foes: set[int] = set()

    def take(self, other: _Group) -> None:
        self.members += other.members
        self.numbers |= other.numbers
        self.foes |= other.foes


def grouped(identities: Sequence[Seen], links: Iterable[Link], apart: Iterable[tuple[int, int]]) -> Grouping:
    """Join identities along the links.

    Two accounts (numeric ids) become one person by hand alone. Nobody is joined
    across a pair of `apart`, whatever the evidence. The same identities, links and
    pairs give the same people, in whatever order they come.
    """
    links, apart = sorted(set(links)), list(apart)
    # Most identities stand alone, and need no group.
    linked = {number for link in links for number in link[1:3]}
    group_of = {each.identity_id: _Group(each) for each in identities if each.identity_id in linked}
    for first, second in apart:
        if first in group_of and second in group_of:
            group_of[first].foes.add(second)
            group_of[second].foes.add(first)
    why: dict[int, str] = {}
    refused = []
    for link in links:
        if link.one not in group_of or link.other not in group_of:
            continue
        one, other = group_of[link.one], group_of[link.other]
        if one is not other:
            one_number = one.numbers <= other.numbers or other.numbers <= one.numbers
            foes = not one.foes.isdisjoint(other.members)
            if foes or not (one_number or link.strength == HAND):
                if not foes:
                    refused.append(link)
                continue
            if len(one.members) < len(other.members):
                one, other = other, one
            one.take(other)
            for member in other.members:
                group_of[member] = one
        why.setdefault(link.one, link.reason)
        why.setdefault(link.other, link.reason)
    members: dict[object, list[Seen]] = defaultdict(list)
    for each in identities:
        members[group_of.get(each.identity_id, each.identity_id)].append(each)
    people: dict[int, list[Seen]] = defaultdict(list)
    for group in members.values():
        people[person_id_of(group)] += group
    reasons = {
        each.identity_id: (person, why.get(each.identity_id, "its own identity"))
        for person, group in people.items()
        for each in group
    }
    return Grouping(people, reasons, refused)


def with_others(grouping: Grouping, others: Iterable[Seen]) -> Grouping:
    """The same beside others, who belong to whom they are held to belong to."""
    people = {person: list(members) for person, members in grouping.people.items()}
    reasons = dict(grouping.reasons)
    for each in others:
        if each.person_id is not None and each.identity_id not in reasons:
            people.setdefault(each.person_id, []).append(each)
            reasons[each.identity_id] = (each.person_id, each.person_reason or "")
    return Grouping(people, reasons, grouping.refused)
