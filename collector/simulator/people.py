"""The people of a simulated community: who they are, when they are around, and for whom they work when."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from collector.simulator import organizations as known
from collector.simulator.clock import YEAR, seconds
from collector.simulator.curves import Curve, Floats, Integers, moments
from collector.simulator.organizations import ORGANIZATIONS
from collector.simulator.wording import PLACES, mix, person_name, pick

ARRIVALS = Curve(
    date(2015, 3, 1),
    {2015: 900, 2016: 4200, 2017: 6200, 2018: 6000, 2019: 5600, 2020: 4900, 2021: 3500, 2022: 2700,
     2023: 2300,
     2024: 2000, 2025: 1500, 2026: 1400},
)  # fmt: skip
"""People outside Google who first turn up, a year, at full size."""

STEWARD_SHARE = 0.055
GHOST_SHARE = 0.006
NEWEST_ACCOUNT = seconds(date(2026, 1, 1))
"""No account is younger."""


@dataclass(frozen=True)
class Bot:
    """An account no person acts through: an app (`Bot` to GitHub) or an ordinary user account."""

    login: str
    is_app: bool
    identity: int
    created: str = "2015-11-09"


BOTS = (
    Bot("googlebot", False, 4006001), Bot("tensorflowbutler", False, 4006002, "2017-10-01"),
    Bot("tensorflow-copybara", False, 4006003), Bot("tensorflow-jenkins", False, 4006004),
    Bot("tensorflower-gardener", False, 4006005), Bot("tfx-copybara", False, 4006006, "2018-10-01"),
    Bot("google-ml-butler", True, 4006007, "2019-11-01"), Bot("copybara-service", True, 4006008,
                                                              "2021-03-01"),
    Bot("github-actions", True, 4006009, "2018-07-30"), Bot("dependabot", True, 4006010, "2019-05-23"),
    Bot("google-cla", True, 4006011, "2021-06-01"), Bot("gemini-code-assist", True, 4006012, "2024-06-01"),
)  # fmt: skip

Account = Literal["User", "Bot"]


@dataclass(frozen=True)
class Person:
    """One account: an invented person, or a bot."""

    index: int
    identity: int
    login: str
    name: str | None
    account: Account
    created: int
    company: str | None
    bio: str | None
    location: str | None
    followers: int
    employers: tuple[tuple[int, int], ...]
    """From which second on the person belongs to which place in `ORGANIZATIONS`; rising."""
    address: Literal["work", "noreply", "private"]
    gone: bool = False
    """Whether the account has been deleted: GitHub then names nobody ("ghost")."""
    first_login: str = ""
    """The login it had first, when it has been renamed: commits go on naming that one."""

    @property
    def display_login(self) -> str:
        """The login as REST writes it: apps carry `[bot]`."""
        return f"{self.login}[bot]" if self.account == "Bot" else self.login

    @property
    def hireable(self) -> bool:
        """Whether the profile says that its owner looks for work."""
        return self.account == "User" and mix(self.identity, 91) % 100 < 11

    @property
    def campus_expert(self) -> bool:
        """Whether GitHub lists the account among its campus experts: a few of the students."""
        kinds = {ORGANIZATIONS[place].kind for _, place in self.employers}
        return "university" in kinds and mix(self.identity, 92) % 100 < 3

    @property
    def confirmed(self) -> bool:
        """Whether the account has confirmed the addresses that it commits with: not everybody does."""
        return self.address == "noreply" or mix(self.identity, 93) % 100 < 80

    @property
    def signature(self) -> str:
        """The login that stands in commits."""
        return self.first_login or self.login

    def employer_at(self, second: int) -> int:
        """The place in `ORGANIZATIONS` the person belongs to at a second."""
        place = bisect_right(self.employers, second, key=lambda pair: pair[0])
        return self.employers[max(0, place - 1)][1]

    def email_at(self, second: int) -> str:
        """The address the person commits with at a second."""
        if self.account == "Bot":
            return f"{self.identity}+{self.display_login}@users.noreply.github.com"
        login = self.signature
        if self.address == "noreply":
            return f"{self.identity}+{login}@users.noreply.github.com"
        organization = ORGANIZATIONS[self.employer_at(second)]
        if organization.kind == "custom":
            return f"me@{login}.example"
        if self.address == "work" or organization.kind == "none":
            domains = organization.domains
        else:
            domains = known.NOBODY.domains
        # Gmail is by far the commonest of the private ones.
        place = self.identity % len(domains) if self.identity % 3 == 0 else 0
        return f"{login}@{domains[place]}"


@dataclass(frozen=True)
class Population:
    """Everybody, stewards first, then people outside, then bots; the arrays run alongside `people`."""

    people: list[Person]
    stewards: int
    humans: int
    start: Integers
    end: Integers
    drive: Floats
    """How much a person does, heavy-tailed."""
    employer: Integers
    """The organisation each is at first with, as a place in `ORGANIZATIONS`."""
    by_login: dict[str, Person]
    by_identity: dict[int, Person]

    def bot(self, login: str) -> int:
        """The index of a bot, by the login it had first. Raises KeyError for a login that is none."""
        for person in self.people[self.humans :]:
            if person.signature == login:
                return person.index
        raise KeyError(login)


def _login(first: str, last: str, index: int) -> str:
    first, last = first.lower(), last.lower()
    style = index % 4
    if style == 0:
        return f"{first}-{last}{index}"
    if style == 1:
        return f"{first[0]}{last}{index}"
    if style == 2:
        return f"{last.replace('-', '')}{first[:3]}{index}"
    return f"{first}{index}"


def _employers(
    random: np.random.Generator, index: int, steward: bool, first: int, start: int, end: int
) -> tuple[tuple[int, int], ...]:
    """Whom a person belongs to and from when: students graduate, some to Google, and some leave Google."""
    long_ago = start - 20 * YEAR
    kind = ORGANIZATIONS[first].kind
    turn = int(start + (end - start) * random.uniform(0.3, 0.7))
    if steward:
        if index % 9 == 4:  # interns and graduates hired after their first work here
            student = int(random.choice(known.UNIVERSITY_INDEXES))
            return (long_ago, student), (turn, known.GOOGLE_INDEX)
        if index % 11 == 6:
            other = int(random.choice((*known.COMPANY_INDEXES, known.CUSTOM_INDEX)))
            return (long_ago, known.GOOGLE_INDEX), (turn, other)
        return ((long_ago, known.GOOGLE_INDEX),)
    chance = random.random()
    if kind == "university":
        if chance < 0.13:
            return (long_ago, first), (turn, known.GOOGLE_INDEX)
        if chance < 0.45:
            return (long_ago, first), (turn, int(random.choice(known.COMPANY_INDEXES)))
        return (long_ago, first), (max(turn, start + 2 * YEAR), known.NOBODY_INDEX)
    if chance < 0.015:
        return (long_ago, first), (turn, known.GOOGLE_INDEX)
    if chance < 0.06 and kind == "company":
        return (long_ago, first), (turn, int(random.choice(known.COMPANY_INDEXES)))
    return ((long_ago, first),)


def _bio(index: int, employers: tuple[tuple[int, int], ...], start: int) -> str | None:
    places = [ORGANIZATIONS[place].kind for _, place in employers]
    year = 1970 + start // YEAR
    if places == ["university", "steward"]:
        return (
            f"Previously SWE intern @ Google ({year})" if index % 2 else "Machine learning. PhD, then Google."
        )
    if places[0] == "university" and index % 3 == 0:
        return f"Student, GSoC {year}" if index % 2 else "PhD student in machine learning"
    if places[0] == "university" and index % 3 == 1:
        return "Software engineering intern. I build things."
    return "I build things." if index % 6 == 0 else None


def build_population(seed: int, scale: float, end: int) -> Population:
    """Everybody there will be up to second `end`; the same for the same seed and scale."""
    random = np.random.default_rng([seed, 11])
    arrival = moments(random, ARRIVALS, scale, end, floor=260)
    stewards = max(36, round(arrival.size * STEWARD_SHARE))
    steward_arrival = np.sort(random.choice(arrival, stewards))
    start = np.concatenate([steward_arrival, arrival])
    humans = start.size
    drive = np.minimum((1 - random.random(humans)) ** (-1 / 1.25), 70.0)
    drive[:stewards] = np.minimum((1 - random.random(stewards)) ** (-1 / 1.6), 60.0)
    outside = [place for place in range(len(ORGANIZATIONS)) if place != known.GOOGLE_INDEX]
    share = np.array([ORGANIZATIONS[place].share for place in outside])
    employer = random.choice(outside, size=humans, p=share / share.sum())
    employer[:stewards] = known.GOOGLE_INDEX
    drive *= np.array([each.drive for each in ORGANIZATIONS])[employer]
    # The more somebody does, the longer they stay: a day for most, years for a few.
    stay = np.minimum(drive**1.3 * random.exponential(12.0, humans) * 86_400, 9 * YEAR)
    stay[:stewards] = random.exponential(3.2 * YEAR, stewards) + 0.3 * YEAR
    finish = start + stay.astype(np.int64) + 3_600
    style = random.random(humans)
    people: list[Person] = []
    identity = 70_000
    for index in range(humans):
        identity += 3 + mix(seed, index) % 41
        steward = index < stewards
        employers = _employers(
            random, index, steward, int(employer[index]), int(start[index]), int(finish[index])
        )
        if len(employers) > 1:
            # Those who move are seen on both sides of the move.
            joins = employers[-1][1] == known.GOOGLE_INDEX
            drive[index] = max(drive[index], 9.0 if joins else 2.0)
            finish[index] = max(finish[index], employers[-1][0] + YEAR)
        people.append(
            _person(seed, index, identity, steward, float(style[index]), employers, int(start[index]))
        )
    for bot in BOTS:
        people.append(
            Person(len(people), bot.identity, bot.login, None, "Bot" if bot.is_app else "User",
                   seconds(date.fromisoformat(bot.created)), None, None, None, 0,
                   ((0, known.NOBODY_INDEX),), "noreply")
        )  # fmt: skip
    return Population(
        people, stewards, humans, start, finish, drive, employer,
        {person.login.lower(): person for person in people} | {p.display_login.lower(): p for p in people},
        {person.identity: person for person in people},
    )  # fmt: skip


def _person(
    seed: int,
    index: int,
    identity: int,
    steward: bool,
    style: float,
    employers: tuple[tuple[int, int], ...],
    start: int,
) -> Person:
    number = mix(seed, 3, index)
    name = person_name(number)
    first, last = name.split(" ")
    current = ORGANIZATIONS[employers[-1][1]]
    kind = current.kind
    moved = len(employers) > 1
    address: Literal["work", "noreply", "private"]
    if steward:
        address = "work" if style < 0.94 or moved else "private"
    elif kind in ("company", "university", "custom") or moved:
        address = "work" if style < 0.72 or moved else ("noreply" if style < 0.84 else "private")
    else:
        address = "noreply" if style < 0.27 else "private"
    company = None
    if current.written and number % 100 < 55:
        company = pick(current.written, number >> 7)
    elif kind == "custom" and number % 100 < 40:
        company = f"{last} Labs"
    elif kind == "none" and number % 100 < 6:
        company = pick(("Freelance", "Self-employed", "@home", "student"), number >> 7)
    return Person(
        index, identity, _login(first, last, index), name if number % 10 < 8 else None, "User",
        # Crowds are ranked, so somebody may turn up a little before their time; their account must be older.
        min(start, NEWEST_ACCOUNT) - (number >> 9) % (4 * YEAR), company, _bio(index, employers, start),
        pick(PLACES, number >> 11) if number % 10 < 6 else None, (number >> 13) % 200, employers, address,
        gone=not steward and number % 10_000 < GHOST_SHARE * 10_000,
    )  # fmt: skip


@dataclass(frozen=True)
class Crowd:
    """A selection of people with how much each does, from whom the authors of events are drawn."""

    members: Integers
    start: Integers
    end: Integers
    weight: Floats

    def authors(self, random: np.random.Generator, count: int) -> Integers:
        """The authors of `count` events in order of time.

        Everybody does a heavy-tailed share, within the time they are around: raw times are drawn for each
        person and then ranked, so that however the events are spread, people keep their order of arrival.
        """
        if count == 0:
            return np.empty(0, dtype=np.int64)
        each = random.multinomial(count, self.weight / self.weight.sum())
        place = np.repeat(np.arange(self.members.size), each)
        when = self.start[place] + (self.end[place] - self.start[place]) * random.random(count)
        result: Integers = self.members[place[np.argsort(when, kind="stable")]]
        return result


def crowd(
    population: Population, *, steward: bool, salt: int, exponent: float, affinity: Floats, keep: float = 1.0
) -> Crowd:
    """People of one side as one repository sees them: `salt` varies who is busy there.

    `exponent` flattens (below 1) the difference between busy and occasional people; `affinity` is a factor
    per organisation; `keep` is the share of people, the busiest, who do this kind of thing at all.
    """
    side = slice(0, population.stewards) if steward else slice(population.stewards, population.humans)
    members = np.arange(population.humans, dtype=np.int64)[side]
    own = np.random.default_rng([salt, 5, int(steward)]).gamma(0.55, 1.0, members.size) + 0.02
    drive = population.drive[side] * own
    weight = drive**exponent * affinity[population.employer[side]]
    if keep < 1.0:
        busy = max(12, round(members.size * keep))
        weight = np.where(np.argsort(np.argsort(-drive)) < busy, weight, 0.0)
    return Crowd(members, population.start[side], population.end[side], weight)
