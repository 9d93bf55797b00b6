"""What issues and pull requests are about: titles, the files a change touches, and proposals (RFCs)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from collector.simulator.repository import Repository
from collector.simulator.snapshot import Snapshot
from collector.simulator.wording import change_title, issue_title, pick

PROPOSALS = (
    "Functional while loops", "Modular filesystems", "Ragged tensor batching", "Pluggable device API",
    "Sparse optimizer state", "Keras preprocessing layers", "SavedModel fingerprints", "TFLite control flow",
    "Distributed dataset service", "Tensor type promotion", "Stateful containers", "Structural functions",
    "Checkpoint sharding", "Single client SPMD", "Embedding API for accelerators", "Python version support",
    "Extension types", "Standalone runtime", "StableHLO export", "Random number generators",
)  # fmt: skip
PROPOSAL_SHARE = 45
"""Percent of the pull requests that are proposals, where proposals are made."""


@dataclass(frozen=True)
class Proposal:
    """A request for comments: a pull request that adds a document."""

    title: str
    path: str


@dataclass(frozen=True)
class Touched:
    """One file a pull request changes."""

    path: str
    status: str
    """added or modified."""
    additions: int
    deletions: int


def proposal_of(repository: Repository, place: int) -> Proposal | None:
    """The proposal a pull request makes, None for other changes."""
    if not repository.specification.proposals or not repository.items.is_pull[place]:
        return None
    number = repository.number_for(57, place)
    if number % 100 >= PROPOSAL_SHARE:
        return None
    subject = pick(PROPOSALS, number >> 8)
    day = datetime.fromtimestamp(int(repository.items.created[place]), UTC)
    return Proposal(f"RFC: {subject}", f"rfcs/{day:%Y%m%d}-{subject.lower().replace(' ', '-')}.md")


def first_title_of(repository: Repository, place: int) -> str:
    """The title an issue or pull request was opened with."""
    proposal = proposal_of(repository, place)
    if proposal is not None:
        return proposal.title
    number = repository.number_for(51, place)
    return change_title(number) if repository.items.is_pull[place] else issue_title(number)


def title_of(repository: Repository, place: int) -> str:
    """The title of an issue or pull request now."""
    return repository.altered.titles.get(place) or first_title_of(repository, place)


def files_of(repository: Repository, place: int) -> list[Touched]:
    """The files a pull request changes, by path; their lines add up to the pull request's."""
    items, areas = repository.items, repository.specification.areas
    count = int(items.files[place])
    proposal = proposal_of(repository, place)
    paths = [] if proposal is None else [proposal.path]
    for turn in range(count - len(paths)):
        number = repository.number_for(58, place, turn)
        paths.append(f"{areas[number % len(areas)]}/part_{turn}_{(number >> 8) % 50}.py")
    found: list[Touched] = []
    added, removed = int(items.additions[place]), int(items.deletions[place])
    for turn, path in enumerate(paths):
        left = len(paths) - turn
        plus, minus = -(-added // left), -(-removed // left)
        added, removed = added - plus, removed - minus
        is_new = path.startswith("rfcs/2") or (minus == 0 and plus > 60)
        found.append(Touched(path, "added" if is_new else "modified", plus, minus))
    return sorted(found, key=lambda each: each.path)


STATUSES = ("Accepted", "Accepted", "Implemented", "Implemented", "Proposed", "Obsolete")


def document_of(snapshot: Snapshot, place: int) -> str | None:
    """The text of the document that a proposal brought to the default branch; None where there is none."""
    repository = snapshot.repository
    proposal = proposal_of(repository, place)
    landed = int(repository.landing[place])
    if proposal is None or not 0 <= landed < snapshot.commits_shown:
        return None
    author = repository.population.people[int(repository.items.author[place])]
    status = pick(STATUSES, repository.number_for(60, place))
    number = int(repository.items.number[place])
    return (
        f"# {proposal.title.removeprefix('RFC: ')}\n\n| Status        | {status}       |\n"
        f":-------------- |:---------------------------------------------------- |\n"
        f"| **RFC #**     | [{number}](https://github.com/{repository.full_name}/pull/{number}) |\n"
        f"| **Author(s)** | {author.name or author.login} |\n\n## Objective\n\nTo agree on it.\n"
    )


def documents(snapshot: Snapshot) -> dict[str, int]:
    """Path of each proposed document on the default branch → the place of its pull request."""
    items = snapshot.repository.items
    found = {}
    for place in range(snapshot.shown):
        if items.is_pull[place] and document_of(snapshot, place) is not None:
            proposal = proposal_of(snapshot.repository, place)
            if proposal is not None:
                found[proposal.path] = place
    return found
