"""Evidence that two identities are one person: numeric ids, addresses, logins, pull requests that landed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection, select

from db.people.asking import Asked
from db.people.identities import address_hash
from db.people.merging import ACCOUNT, ADDRESS, LOCAL_PART, LOGIN, PULL_REQUEST, Link
from db.people.seen import Seen, among
from db.schema import table
from db.upsert import upsert

NOREPLY_DOMAIN = "users.noreply.github.com"
#: GitHub gave the noreply form without a number to accounts made until this day alone. It numbers accounts
#: in the order in which they are made: where that day is not known, a higher number than this came later.
LAST_DAY_OF_OLD_NOREPLY, LAST_NUMBER_OF_OLD_NOREPLY = "2017-07-18", 31_000_000
#: Of an address's commits that land pull requests, so many have to be the pull requests of one account.
SHARE = 0.9
#: So many commits of an import speak for themselves; fewer need the name to agree.
IMPORTS = 3

#: Commits that landed a pull request: by its merge commit, or by the number in a subject where the commit
#: came within days of the landing (an import from another repository names numbers of that one). A merge
#: is the merger's. `squashed` are those that GitHub itself wrote for the author of the pull request.
LANDED = """
SELECT c.author_id, p.author_id, a.domain, a.login, a.name, a.account_type,
       SUM(CASE WHEN k.domain = 'github.com' AND c.subject LIKE '%(#' || CAST(p.number AS TEXT) || ')'
                THEN 1 ELSE 0 END) AS squashed,
       COUNT(*) AS landed
FROM pull_requests p
JOIN commits c ON {joined}
JOIN identities k ON k.identity_id = c.committer_id
LEFT JOIN {accounts} a ON a.identity_id = p.author_id
WHERE p.state = 'merged' AND p.author_id IS NOT NULL AND c.parents = 1
GROUP BY c.author_id, p.author_id, a.domain, a.login, a.name, a.account_type
"""
#: Where what accounts are called stands: the copy in columns has it in a table of its own.
ACCOUNTS = {"sqlite": "identities", "postgresql": "identities", "duckdb": "seen"}
BY_COMMIT = "c.repository_id = p.repository_id AND c.sha = p.merge_commit"
BY_NUMBER = (
    "c.repository_id = p.repository_id AND c.pull_request = p.number "
    "AND (p.merge_commit IS NULL OR c.sha <> p.merge_commit) AND {days} BETWEEN -3 AND 3"
)
DAYS = {
    "sqlite": "julianday(c.day) - julianday(p.merged_day)",
    "postgresql": "c.day - p.merged_day",
    "duckdb": "c.day - p.merged_day",
}


class Called(NamedTuple):
    """What an account is called."""

    domain: str | None
    login: str | None
    name: str | None
    account_type: str | None


@dataclass
class Landings:
    """What an address landed, by the accounts whose pull requests it was."""

    squashed: Counter[int] = field(default_factory=Counter)
    all: Counter[int] = field(default_factory=Counter)

    def most(self) -> tuple[int, int]:
        """The account with the most of them, and how many: the only one that they can speak for."""
        return min(self.all.items(), key=lambda item: (-item[1], item[0]))


@dataclass(frozen=True)
class Found:
    """Links strong enough to join, and weak ones with a score (0 to 1) for somebody to look at."""

    links: Sequence[Link]
    weak: Mapping[Link, float]


def remember_logins(connection: Connection, identities: Iterable[Seen]) -> Mapping[str, frozenset[int]]:
    """Hold every login that each account is seen under; returns login → accounts that ever had it.

    Of all logins those are looked up that these identities have.
    """
    logins = table("identity_logins")
    called = [(each.login.lower(), each.github_user_id) for each in identities if each.login]
    seen = {(login, number) for login, number in called if number is not None}
    held = {
        (login, number)
        for login, number in among(
            connection,
            select(logins.c.login, logins.c.github_user_id),
            logins.c.login,
            {c[0] for c in called},
        )
    }
    upsert(connection, logins, [{"login": login, "github_user_id": n} for login, n in sorted(seen - held)])
    owners: dict[str, set[int]] = defaultdict(set)
    for login, number in held | seen:
        owners[login].add(number)
    return {login: frozenset(numbers) for login, numbers in owners.items()}


def read_landings(asked: Asked, is_person: Callable[[Called], bool]) -> dict[int, Landings]:
    """Address → what it landed of people.

    What a bot opened says nothing of whose an address is: bots bring out the work of people, whose names
    its commits keep.
    """
    days = DAYS[asked.dialect]
    found: dict[int, Landings] = defaultdict(Landings)
    for joined in (BY_COMMIT, BY_NUMBER.format(days=days)):
        asking = LANDED.format(joined=joined, accounts=ACCOUNTS[asked.dialect])
        for address, account, *called, squashed, landed in asked.rows(asking, {}):
            if not is_person(Called(*called)):
                continue
            found[address].all[account] += int(landed)
            found[address].squashed[account] += int(squashed)
    return dict(found)


def read_confirmed(connection: Connection) -> dict[int, tuple[int, str]]:
    """Address → the account that has confirmed it, and the commit of which GitHub says so."""
    c = table("address_accounts").c
    rows = connection.execute(
        select(c.identity_id, c.github_user_id, c.sha).where(c.github_user_id.is_not(None))
    )
    return {address: (account, sha) for address, account, sha in rows}


def find_links(
    identities: Sequence[Seen],
    owners: Mapping[str, frozenset[int]],
    landings: Mapping[int, Landings],
    confirmed: Mapping[int, tuple[int, str]],
    is_person: Callable[[Seen], bool],
    is_stewards: Callable[[Seen], bool],
) -> Found:
    """Everything that says of two identities that they are one person.

    `is_person` tells an identity that no rule calls a bot or proxy; `is_stewards`
    one whose address is the steward's, whose people import the work of others.
    """
    by_id = {each.identity_id: each for each in identities}
    accounts: dict[int, list[Seen]] = defaultdict(list)
    addresses: dict[str, list[Seen]] = defaultdict(list)
    for each in identities:
        if each.github_user_id is not None:
            accounts[each.github_user_id].append(each)
        if each.address_hash is not None:
            addresses[each.address_hash].append(each)
    links, weak = [], {}
    for number, members in accounts.items():
        members.sort(key=lambda each: (each.kind != "login", each.identity_id))
        links += _star(ACCOUNT, members, f"same GitHub user id {number}")
    for members in addresses.values():
        members.sort(key=lambda each: (each.kind != "login", each.identity_id))
        links += _star(ADDRESS, members, "the account's public profile gives this address")
    for each in identities:
        account, sha = confirmed.get(each.identity_id, (0, ""))
        if account in accounts:
            reason = f"the account has confirmed the address, as GitHub says of commit {sha[:7]}"
            links.append(Link(ADDRESS, accounts[account][0].identity_id, each.identity_id, reason))
    for each in identities:
        if each.kind != "email" or each.github_user_id is not None or each.identity_id in confirmed:
            continue
        if each.login and each.domain == NOREPLY_DOMAIN:
            link, score = _old_noreply(each, owners.get(each.login.lower(), frozenset()), accounts)
        elif each.identity_id in landings and is_person(each):
            link, score = _landed(each, landings[each.identity_id], by_id, is_person, is_stewards)
        else:
            continue
        if link is not None and score >= 1:
            links.append(link)
        elif link is not None:
            weak[link] = score
    for link, score in _local_parts(identities, is_person):
        if score >= 1:
            links.append(link)
        else:
            weak[link] = score
    return Found(links, weak)


def names_agree(address: Seen, account: Seen) -> bool:
    """Whether an address signs with the account's full name or login."""
    name = folded_name(address.name)
    return bool(name) and name in (folded_name(account.name), folded_name(account.login))


def folded_name(name: str | None) -> str:
    """A name to compare: case and blanks aside."""
    return " ".join((name or "").split()).casefold()


def is_telling(login: str, name: str | None) -> bool:
    """Whether a login holds more than its owner's name, so that a second one would hardly choose it.

    Who bears the same name can well have `annlee@…` for an address, but not `annlee85`:
    there have to be two digits or four letters that no part of the name explains.
    """
    left = "".join(letter for letter in login.casefold() if letter.isalnum())
    parts = sorted(folded_name(name).replace("-", " ").split(), key=len, reverse=True)
    for part in parts:
        left = left.replace(part, "", 1)
    for part in parts:
        left = left.replace(part[0], "", 1)
    digits = sum(letter.isdigit() for letter in left)
    return digits >= 2 or len(left) - digits >= 4


def _local_parts(
    identities: Sequence[Seen], is_person: Callable[[Seen], bool]
) -> Iterable[tuple[Link, float]]:
    """Addresses that sign with an account's name, and whose part before the @ is the account's login.

    Addresses are held as hashes alone; what they would hash to can be tried all the same.
    """
    accounts: dict[str, list[Seen]] = defaultdict(list)
    for each in identities:
        if each.kind == "login" and each.login:
            for called in {folded_name(each.name), folded_name(each.login)} - {""}:
                accounts[called].append(each)
    for each in identities:
        if each.kind != "email" or each.github_user_id is not None or not each.domain or not each.name:
            continue
        for account in accounts.get(folded_name(each.name), ()):
            if address_hash(f"{account.login}@{each.domain}") != each.address_hash:
                continue
            if is_person(each) and is_person(account):
                reason = f"signs with the name of {account.login}, which is the address's first part too"
                name = account.name if folded_name(each.name) == folded_name(account.name) else None
                score = 1 if is_telling(account.login or "", name) else 0.7
                yield Link(LOCAL_PART, account.identity_id, each.identity_id, reason), score


def _star(strength: int, members: Sequence[Seen], reason: str) -> list[Link]:
    first = members[0].identity_id
    return [Link(strength, first, other.identity_id, reason) for other in members[1:]]


def _old_noreply(
    address: Seen, owners: frozenset[int], accounts: Mapping[int, Sequence[Seen]]
) -> tuple[Link | None, float]:
    """Whose the form without a number is: the one account's that ever had the login, if it is old enough."""
    held = sorted(number for number in owners if number in accounts)
    if not held:
        return None, 0
    owner = accounts[held[0]][0]
    account = owner.identity_id
    if len(owners) > 1:
        numbers = " and ".join(map(str, sorted(owners)))
        return Link(
            LOGIN, account, address.identity_id, f"noreply address of a login that {numbers} have had"
        ), 0.3
    if owner.made:
        too_young = owner.made > min(LAST_DAY_OF_OLD_NOREPLY, address.first or LAST_DAY_OF_OLD_NOREPLY)
    else:
        too_young = held[0] > LAST_NUMBER_OF_OLD_NOREPLY
    if too_young:
        return None, 0
    return Link(LOGIN, account, address.identity_id, f"noreply address of the login {address.login}"), 1


def _landed(
    address: Seen,
    landings: Landings,
    by_id: Mapping[int, Seen],
    is_person: Callable[[Seen], bool],
    is_stewards: Callable[[Seen], bool],
) -> tuple[Link | None, float]:
    """Whose pull requests an address lands: its own, unless it imports, merges or exports others' work."""
    total = landings.all.total()
    best, count = landings.most()
    account = by_id.get(best)
    if account is None or account.kind != "login" or not is_person(account):
        return None, 0
    squashed, agree = landings.squashed[best], names_agree(address, account)
    told = f"author of {count} of {total} pull requests that this address landed"
    link = Link(PULL_REQUEST, best, address.identity_id, told)
    if count < SHARE * total:
        return link, 0.2 + 0.3 * count / total if agree or 2 * count > total else 0
    enough = squashed > 0 or count >= IMPORTS
    if agree or (enough and (squashed > 0 or not is_stewards(address))):
        return link, 1
    return link, 0.6
