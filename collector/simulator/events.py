"""What happened to an issue or pull request: labelled, closed, reopened, merged, moved elsewhere."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from collector.simulator import labels
from collector.simulator.activity import Reason
from collector.simulator.recorded import (
    ASSIGNED,
    CLOSED,
    CONVERTED,
    FIRST_LABEL_AFTER,
    LABELLED_WITHIN,
    MERGED,
    REFERRED,
    REOPENED,
    SHUT,
    TRANSFERRED,
)
from collector.simulator.snapshot import Snapshot

Kind = Literal[
    "labeled", "closed", "reopened", "merged", "transferred", "converted_to_discussion", "assigned",
    "cross_referenced",
]  # fmt: skip
PREFIX: dict[Kind, str] = {
    "labeled": "LE",
    "closed": "CE",
    "reopened": "REE",
    "merged": "ME",
    "transferred": "TRE",
    "converted_to_discussion": "CTDE",
    "assigned": "AE",
    "cross_referenced": "CRE",
}


@dataclass(frozen=True)
class Event:
    """One thing that happened."""

    kind: Kind
    when: int
    actor: int
    identity: int
    label: int = -1
    commit: int = -1
    """The place of the commit that closed or merged, or -1."""
    source: int = 0
    """The number of the repository it was transferred from."""
    assignee: int = -1
    """The index of who was assigned."""
    pull: int = -1
    """The place of the pull request that closed it or refers to it, or -1."""
    reason: str | None = None
    """Why an issue was closed for good: COMPLETED, NOT_PLANNED or DUPLICATE."""

    @property
    def prefix(self) -> str:
        """The prefix of its global id."""
        return PREFIX[self.kind]


def timeline(snapshot: Snapshot, place: int) -> list[Event]:
    """The events of an item up to the snapshot's moment, rising in time."""
    repository, now = snapshot.repository, snapshot.now
    items = repository.items
    created, closer = int(items.created[place]), int(items.closer[place])
    first = repository.ids.start * 8 + int(items.number[place]) * 64
    found: list[Event] = []
    bot = repository.population.bot("google-ml-butler")
    for turn, label in enumerate(labels.members(int(items.labels[place]))):
        when = created + FIRST_LABEL_AFTER
        when += repository.number_for(71, place, turn) % (LABELLED_WITHIN - FIRST_LABEL_AFTER)
        actor = bot if repository.owner_index is None and created > 1_572_566_400 else closer
        found.append(Event("labeled", when, actor, first + turn, label=label))
    found.append(Event("closed", int(items.shut[place]), closer, first + SHUT))
    found.append(Event("reopened", int(items.reopened[place]), int(items.author[place]), first + REOPENED))
    commit = int(repository.landing[place])
    if items.flagged[place]:
        found.append(Event("merged", int(items.closed[place]), closer, first + MERGED, commit=commit))
        commit = -1
    reason = None if items.is_pull[place] else Reason(int(items.reason[place])).name
    claim = repository.claims.of.get(place)
    pull = claim.pull if claim is not None and claim.solves else -1
    found.append(
        Event(
            "closed",
            int(items.closed[place]),
            closer,
            first + CLOSED,
            commit=commit,
            reason=reason,
            pull=pull,
        )
    )
    if claim is not None:
        taken = Event("assigned", claim.assigned, closer, first + ASSIGNED, assignee=claim.assignee)
        found.append(taken)
    fated, arrival = repository.altered.fates.get(place), repository.altered.arrivals.get(place)
    if fated is not None and fated.fate == "converted":
        found = [event for event in found if event.kind != "closed" or event.when <= fated.when]
        if not any(event.kind == "closed" and event.identity == first + CLOSED for event in found):
            found.append(Event("closed", fated.when, closer, first + CLOSED))
        found.append(Event("converted_to_discussion", fated.when, closer, first + CONVERTED))
    if arrival is not None:
        found.append(Event("transferred", arrival[0], closer, first + TRANSFERRED, source=arrival[1]))
    return sorted((event for event in found if event.when <= now), key=_in_time)


def references(snapshot: Snapshot, place: int) -> list[Event]:
    """Pull requests that refer to an issue: they stand in timelines, not in lists of events."""
    repository = snapshot.repository
    claim = repository.claims.of.get(place)
    if claim is None or claim.referred > snapshot.now:
        return []
    identity = repository.ids.start * 8 + int(repository.items.number[place]) * 64 + REFERRED
    return [Event("cross_referenced", claim.referred, claim.assignee, identity, pull=claim.pull)]


def _in_time(event: Event) -> tuple[int, int]:
    return event.when, event.identity


class Happened:
    """All events of a repository that are shown, newest first; made only as far as they are looked at."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        recorded, altered = snapshot.repository.recorded, snapshot.repository.altered
        shown = int(np.searchsorted(recorded.when, snapshot.now, side="right"))
        places = recorded.place[:shown]
        if altered.fates or altered.arrivals:
            # What has been altered has other events than were recorded; it is told apart.
            special = np.array(sorted({*altered.fates, *altered.arrivals}), dtype=np.int64)
            places = places[~np.isin(places, special)]
            there = [place for place in special.tolist() if snapshot.has(place)]
            extra = [(event.when, place) for place in there for event in timeline(snapshot, place)]
            when = np.concatenate([recorded.when[:shown][~np.isin(recorded.place[:shown], special)],
                                   np.array([row[0] for row in extra], dtype=np.int64)])  # fmt: skip
            places = np.concatenate([places, np.array([row[1] for row in extra], dtype=np.int64)])
            order = np.lexsort((places, when))
            self._when, self._places = when[order], places[order]
        else:
            self._when, self._places = recorded.when[:shown], places

    def __len__(self) -> int:
        return int(self._places.size)

    def __getitem__(self, window: slice) -> list[tuple[int, Event]]:
        """The items' places and events in a window, the newest at 0."""
        start, stop, _ = window.indices(len(self))
        found: list[tuple[int, Event]] = []
        for position in range(len(self) - 1 - start, len(self) - 1 - stop, -1):
            place, when = int(self._places[position]), int(self._when[position])
            together = [event for event in timeline(self._snapshot, place) if event.when == when]
            # Events of one item in one second stand side by side.
            before = position
            while before > 0 and self._places[before - 1] == place and self._when[before - 1] == when:
                before -= 1
            found.append((place, together[position - before]))
        return found
