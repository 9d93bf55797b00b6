"""The whole simulated community: its people and repositories, seen at the present moment of a clock."""

import base64
import binascii
from dataclasses import dataclass
from threading import Lock

import numpy as np

from collector.simulator.clock import Clock, horizon
from collector.simulator.curves import Integers
from collector.simulator.history import Names
from collector.simulator.people import Person, Population, build_population
from collector.simulator.repositories import CATALOGUE
from collector.simulator.repository import Range, Repository
from collector.simulator.snapshot import Snapshot
from collector.simulator.usecases import UseCases, build_use_cases, specify

_NAMED_RANGE = 25_000_000
_USE_CASE_START = 1_000_000_000
_USE_CASE_RANGE = 22_000

ORGANIZATION_IDS = {
    owner: 15_658_638 + place for place, owner in enumerate(dict.fromkeys(spec.owner for spec in CATALOGUE))
}
"""The ids of the organisations that own the named repositories."""


_MOST_HELD = 1_500


@dataclass(frozen=True)
class _Shown:
    """A repository as last shown, with the seconds at which it changes."""

    epoch: tuple[int, int]
    events: Integers
    snapshot: Snapshot


class Community:
    """Everything there is; the same for the same seed, scale and horizon."""

    def __init__(self, *, scale: float, seed: int, clock: Clock) -> None:
        if not 0 < scale <= 10:
            raise ValueError(f"The scale of a simulated community is {scale}; give one above 0, at most 10.")
        self.scale = scale
        self.seed = seed
        self.clock = clock
        self.end = horizon(clock())
        self.population: Population = build_population(seed, scale, self.end)
        self.use_cases: UseCases = build_use_cases(seed, scale, self.end, self.population)
        self.repositories: list[Repository] = [
            Repository(
                spec,
                self.population,
                seed=seed,
                scale=scale,
                end=self.end,
                ids=Range((place + 1) * _NAMED_RANGE, _NAMED_RANGE),
            )
            for place, spec in enumerate(CATALOGUE)
        ]
        self._named = len(self.repositories)
        for place in range(self.use_cases.created.size):
            owner = self.population.people[int(self.use_cases.owner[place])].login
            self.repositories.append(
                Repository(
                    specify(seed, self.use_cases, place, owner),
                    self.population,
                    seed=seed,
                    scale=scale,
                    end=self.end,
                    ids=Range(_USE_CASE_START + place * _USE_CASE_RANGE, _USE_CASE_RANGE),
                    use_cases=self.use_cases,
                    place=place,
                )
            )
        self._by_name = {repository.full_name.lower(): repository for repository in self.repositories}
        self._by_identity = {repository.identity: repository for repository in self.repositories}
        self.names = Names()
        self._shown: dict[int, _Shown] = {}
        self._held: dict[int, Repository] = {}
        self._lock = Lock()

    def repository(self, full_name: str) -> Repository | None:
        """The repository of a name, in any case of letters, if it has been created by now."""
        return self._present(self._by_name.get(full_name.lower()))

    def repository_by_identity(self, identity: int) -> Repository | None:
        """The repository of a number, if it has been created by now."""
        return self._present(self._by_identity.get(identity))

    def repository_of_id(self, identity: int) -> Repository | None:
        """The repository from whose range the id of an issue, pull request, comment or review comes."""
        if identity >= _USE_CASE_START:
            place = self._named + (identity - _USE_CASE_START) // _USE_CASE_RANGE
        else:
            place = identity // _NAMED_RANGE - 1
            if place >= self._named:
                return None
        return self._present(self.repositories[place]) if 0 <= place < len(self.repositories) else None

    def _present(self, repository: Repository | None) -> Repository | None:
        return repository if repository is not None and repository.created <= self.clock() else None

    def snapshot(self, repository: Repository) -> Snapshot:
        """What a repository shows now; kept until something in it changes."""
        now = self.clock()
        kept = self._shown.get(repository.identity)
        if kept is not None and kept.snapshot.now == now:
            return kept.snapshot
        with repository.lock:
            kept = self._shown.get(repository.identity)
            events = repository.events() if kept is None else kept.events
            # Stars and forks move with the minute, everything else with its events.
            epoch = (now // 60, int(np.searchsorted(events, now, side="right")))
            if kept is None or kept.epoch != epoch:
                kept = _Shown(epoch, events, Snapshot(repository, now))
                self._shown[repository.identity] = kept
        if repository.owner_index is not None:
            self._keep_few(repository)
        return kept.snapshot

    def _keep_few(self, repository: Repository) -> None:
        """Lets go of the use case longest unasked for once many are held: at full size there are 40,000."""
        with self._lock:
            self._held.pop(repository.identity, None)
            self._held[repository.identity] = repository
            if len(self._held) <= _MOST_HELD:
                return
            oldest = self._held.pop(next(iter(self._held)))
        self._shown.pop(oldest.identity, None)
        self.names.forget(oldest)
        oldest.forget()

    def present_repositories(self) -> list[Repository]:
        """Every repository created by now: the named ones, then use cases in order of creation."""
        now = self.clock()
        named = [repository for repository in self.repositories[: self._named] if repository.created <= now]
        shown = int(np.searchsorted(self.use_cases.created, now, side="right"))
        return named + self.repositories[self._named : self._named + shown]

    def person(self, login: str) -> Person | None:
        """The account of a login, if there by now and not deleted."""
        found = self.population.by_login.get(login.lower())
        return found if found is not None and not found.gone and found.created <= self.clock() else None

    def person_by_identity(self, identity: int) -> Person | None:
        """The account of an id, if there by now and not deleted."""
        found = self.population.by_identity.get(identity)
        return found if found is not None and not found.gone and found.created <= self.clock() else None


def node_id(prefix: str, identity: int) -> str:
    """GitHub's opaque global id of a thing, such as I_kgAAB…"""
    return f"{prefix}_{base64.urlsafe_b64encode(b'k' + identity.to_bytes(6, 'big')).decode().rstrip('=')}"


def read_node_id(text: str) -> tuple[str, int] | None:
    """The prefix and number of a global id, None when it is not one of ours."""
    prefix, separator, rest = text.partition("_")
    if not separator:
        return None
    try:
        raw = base64.urlsafe_b64decode(rest + "=" * (-len(rest) % 4))
    except (binascii.Error, ValueError):
        return None
    return (prefix, int.from_bytes(raw[1:], "big")) if len(raw) == 7 and raw[:1] == b"k" else None
