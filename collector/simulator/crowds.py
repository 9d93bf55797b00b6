"""Who does what in one repository: the crowds its issues, changes, answers and commits are drawn from."""

import numpy as np

from collector.simulator.curves import Floats, Integers
from collector.simulator.organizations import GOOGLE_INDEX, ORGANIZATIONS, index_of
from collector.simulator.people import Crowd, Population, crowd
from collector.simulator.repositories import Specification

_NOBODY = Crowd(
    np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
)


class Crowds:
    """The insiders and outsiders of one repository.

    Insiders are the steward's people, or the owner alone where the repository is a person's; in a peer's
    repository they are the busiest of everybody.
    """

    def __init__(
        self, population: Population, specification: Specification, seed: int, owner: int | None
    ) -> None:
        self._population = population
        self._owner = owner
        self._salt = (specification.identity * 31 + seed) % 2**31
        affinity: Floats = np.ones(len(ORGANIZATIONS))
        for name, factor in specification.affinity.items():
            affinity[index_of(name)] = factor
        affinity[GOOGLE_INDEX] = 1.0
        self._affinity = affinity
        self._passers_by = self._some(population) if owner is not None else _NOBODY
        self._led_by_steward = specification.steward_share > 0.3

    def _outside(self, exponent: float, keep: float) -> Crowd:
        if self._owner is not None:
            return self._passers_by
        return crowd(
            self._population,
            steward=False,
            salt=self._salt,
            exponent=exponent,
            affinity=self._affinity,
            keep=keep,
        )

    def _some(self, population: Population) -> Crowd:
        """The few people who come by a use case."""
        members = np.random.default_rng([self._salt, 6]).integers(population.stewards, population.humans, 30)
        weight = 1.0 / (1.0 + np.arange(members.size, dtype=np.float64))
        return Crowd(members, population.start[members], population.end[members], weight)

    def _inside(self, exponent: float, keep: float) -> Crowd:
        if self._owner is not None:
            alone = np.array([self._owner], dtype=np.int64)
            edge = np.zeros(1, dtype=np.int64)
            return Crowd(alone, edge, edge + 1, np.ones(1))
        if not self._led_by_steward:
            return self._outside(exponent, keep * 0.1)
        return crowd(
            self._population,
            steward=True,
            salt=self._salt,
            exponent=exponent,
            affinity=self._affinity,
            keep=keep,
        )

    def draw(
        self,
        random: np.random.Generator,
        count: int,
        inside: Floats | float,
        *,
        exponent: float,
        keep: float,
        keep_inside: float = 1.0,
    ) -> Integers:
        """The authors of `count` events in order of time, insiders with probability `inside` each."""
        is_inside = random.random(count) < inside
        result: Integers = np.empty(count, dtype=np.int64)
        insiders = int(is_inside.sum())
        if insiders:
            result[is_inside] = self._inside(max(exponent, 0.7), keep_inside).authors(random, insiders)
        if count - insiders:
            result[~is_inside] = self._outside(exponent, keep).authors(random, count - insiders)
        return result
