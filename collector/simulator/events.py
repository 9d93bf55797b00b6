"""What happened to an issue or pull request: labelled, closed, reopened, merged, moved elsewhere."""

from dataclasses import dataclass
from typing import Literal

from collector.simulator import labels
from collector.simulator.snapshot import LABELLED_WITHIN, Snapshot

Kind = Literal["labeled", "closed", "reopened", "merged", "transferred", "converted_to_discussion"]
PREFIX: dict[Kind, str] = {
    "labeled": "LE",
    "closed": "CE",
    "reopened": "REE",
    "merged": "ME",
    "transferred": "TRE",
    "converted_to_discussion": "CTDE",
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
        when = created + 20 + (repository.number_for(71, place, turn) % (LABELLED_WITHIN - 20))
        actor = bot if repository.owner_index is None and created > 1_572_566_400 else closer
        found.append(Event("labeled", when, actor, first + turn, label=label))
    found.append(Event("closed", int(items.shut[place]), closer, first + 40))
    found.append(Event("reopened", int(items.reopened[place]), int(items.author[place]), first + 41))
    commit = int(repository.landing[place])
    if items.flagged[place]:
        found.append(Event("merged", int(items.closed[place]), closer, first + 42, commit=commit))
        commit = -1
    found.append(Event("closed", int(items.closed[place]), closer, first + 43, commit=commit))
    fated, arrival = repository.altered.fates.get(place), repository.altered.arrivals.get(place)
    if fated is not None and fated.fate == "converted":
        found = [event for event in found if event.kind != "closed" or event.when <= fated.when]
        if not any(event.kind == "closed" and event.identity == first + 43 for event in found):
            found.append(Event("closed", fated.when, closer, first + 43))
        found.append(Event("converted_to_discussion", fated.when, closer, first + 44))
    if arrival is not None:
        found.append(Event("transferred", arrival[0], closer, first + 45, source=arrival[1]))
    return sorted((event for event in found if event.when <= now), key=lambda event: event.when)
