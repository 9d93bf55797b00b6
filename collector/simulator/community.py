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
from collector.simulator.wording import mix

_NAMED_RANGE = 25_000_000
_USE_CASE_START = 1_000_000_000
_USE_CASE_RANGE = 22_000

ORGANIZATION_IDS = {
    owner: 15_658_638 + place for place, owner in enumerate(dict.fromkeys(spec.owner for spec in CATALOGUE))
}
"""The ids of the organisations that own the named repositories."""


def organization_id(login: str) -> int:
    """The id of an organisation; one that owns nothing at first has one made from its login."""
    return ORGANIZATION_IDS.get(login) or 30_000_000 + mix(*login.lower().encode()) % 9_000_000


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
        """The repository that has or had a name, in any case of letters, if it is there and public now."""
        return self._present(self._by_name.get(full_name.lower()))

    def any_repository(self, full_name: str) -> Repository | None:
        """The repository that has a name now, public or not."""
        found = self._by_name.get(full_name.lower())
        return found if found is not None and found.full_name.lower() == full_name.lower() else None

    def blocked(self, of: str | int) -> Repository | None:
        """The repository of a name or number, if it has been blocked."""
        found = self._by_name.get(of.lower()) if isinstance(of, str) else self._by_identity.get(of)
        return found if found is not None and found.altered.state == "blocked" else None

    def renamed(self, repository: Repository, former: str) -> None:
        """Remembers what a repository is called now; its former name leads to it until somebody takes it."""
        self._by_name[former.lower()] = repository
        self._by_name[repository.full_name.lower()] = repository

    def changed(self, repository: Repository) -> None:
        """Forgets how a repository was last shown, because it has been altered."""
        with repository.lock:
            self._shown.pop(repository.identity, None)

    def replace_person(self, person: Person) -> None:
        """Puts an altered account in the place of the account it was."""
        population = self.population
        before = population.people[person.index]
        population.people[person.index] = person
        population.by_identity[person.identity] = person
        for name in (before.login, before.display_login):
            population.by_login.pop(name.lower(), None)
        for name in (person.login, person.display_login):
            population.by_login[name.lower()] = person

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
        if repository is None or repository.created > self.clock() or repository.altered.state != "public":
            return None
        return repository

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
        present = named + self.repositories[self._named : self._named + shown]
        return [repository for repository in present if repository.altered.state == "public"]

    def person(self, login: str) -> Person | None:
        """The account of a login, if it has not been deleted."""
        found = self.population.by_login.get(login.lower())
        return None if found is None or found.gone else found

    def person_by_identity(self, identity: int) -> Person | None:
        """The account of an id, if it has not been deleted."""
        found = self.population.by_identity.get(identity)
        return None if found is None or found.gone else found


_LEGACY_KINDS = {"User": "U", "Bot": "BOT", "Organization": "O"}


def node_id(prefix: str, identity: int) -> str:
    """GitHub's opaque global id of a thing, such as U_kgDOADP9xw: a prefix and MessagePack of [0, number]."""
    width = next(size for size in (1, 2, 4, 8) if identity < 1 << 8 * size)
    mark = b"" if identity < 0x80 else bytes([{1: 0xCC, 2: 0xCD, 4: 0xCE, 8: 0xCF}[width]])
    packed = b"\x92\x00" + mark + identity.to_bytes(width, "big")
    return f"{prefix}_{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def read_node_id(text: str) -> tuple[str, int] | None:
    """The prefix and number of a global id, also an account's older one; None when it is not one of ours."""
    prefix, separator, rest = text.partition("_")
    try:
        if not separator:
            return _read_legacy_id(base64.b64decode(text, validate=True).decode("ascii"))
        raw = base64.urlsafe_b64decode(rest + "=" * (-len(rest) % 4))
    except (binascii.Error, ValueError):
        return None
    if raw[:2] != b"\x92\x00" or len(raw) < 3:
        return None
    number = int.from_bytes(raw[2:] if len(raw) == 3 else raw[3:], "big")
    return (prefix, number) if node_id(prefix, number) == text else None


def _read_legacy_id(text: str) -> tuple[str, int] | None:
    """What stands in an id such as MDQ6VXNlcjM0MDczMDM= (04:User3407303)."""
    _, _, rest = text.partition(":")
    for kind, prefix in _LEGACY_KINDS.items():
        number = rest.removeprefix(kind)
        if number != rest and number.isdigit() and text.startswith(f"0{len(kind)}:"):
            return prefix, int(number)
    return None
