"""Organisations and their dated e-mail domains, read from `organizations.toml` and held in two tables."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select

from db.errors import DatabaseError
from db.people.companies import folded, organization_in
from db.people.universities import gives_addresses_to_anybody, university_named, university_of
from db.schema import stable_id, table
from db.schema.columns import BEGINNING_OF_TIME, END_OF_TIME
from db.upsert import upsert

FILE = Path(__file__).with_name("organizations.toml")
KINDS = ("company", "university", "institute", "community")


@dataclass(frozen=True)
class Tenure:
    """An organisation that a domain belongs to, from a day to a day."""

    organization: str
    from_day: date
    to_day: date


@dataclass(frozen=True)
class Moved:
    """What writing the organisations changed: an organisation that was held (so that nothing can be
    taken for unchanged), or whose domain is whose."""

    everywhere: bool
    domains: frozenset[str]


@dataclass(frozen=True)
class Directory:
    """Everything that the data file says, ready to look domains and profiles up.

    `organizations` goes by name and holds kind and whether it is a peer;
    `domains` by lower-case domain; `profiles` by folded company text.
    """

    organizations: Mapping[str, tuple[str, bool]]
    domains: Mapping[str, tuple[Tenure, ...]]
    profiles: Mapping[str, str]
    became: Mapping[str, tuple[str, date]]
    free: frozenset[str]
    academic: frozenset[str]
    academic_suffix: re.Pattern[str]
    alumni: frozenset[str]
    _known: dict[str, tuple[Tenure, ...] | None] = field(default_factory=dict, compare=False)
    _read: dict[str, str | None] = field(default_factory=dict, compare=False)

    def tenures(self, domain: str) -> tuple[Tenure, ...] | None:
        """Whose domain it is and when: () for free mail, None when nobody knows.

        The longest ending that the file lists decides; a university that is not
        listed is called by its domain.
        """
        if domain not in self._known:
            self._known[domain] = self._look_up(domain)
        return self._known[domain]

    def organization_of_profile(self, company: str) -> str | None:
        """The organisation that a profile's company text names; None when it names none, or several."""
        if company not in self._read:
            self._read[company] = organization_in(company, self._named, self._owner)
        return self._read[company]

    def chain(self, organization: str, first: date, last: date) -> list[Tenure]:
        """An organisation between two days, as what became of it when it was bought."""
        found = []
        while organization in self.became:
            after, day = self.became[organization]
            if first < day:
                found.append(Tenure(organization, first, min(last, day - timedelta(days=1))))
            if last < day:
                return found
            organization, first = after, max(first, day)
        return [*found, Tenure(organization, first, last)]

    def is_university(self, organization: str) -> bool:
        """Whether an organisation is a university; those known by their domain alone are."""
        held = self.organizations.get(organization)
        return held is None or held[0] == "university"

    def with_companies(self, names: Iterable[str]) -> Directory:
        """The same with further companies that somebody named by hand."""
        further = {name: ("company", False) for name in names if name not in self.organizations}
        return replace(self, organizations={**self.organizations, **further}) if further else self

    def _named(self, name: str) -> str | None:
        found = self.profiles.get(name)
        if found is None and (university := university_named(name)):
            found = self.profiles.get(folded(university), university)
        return found

    def _owner(self, domain: str) -> str | None:
        tenures = self.tenures(domain)
        return tenures[-1].organization if tenures else None

    def _look_up(self, domain: str) -> tuple[Tenure, ...] | None:
        domain = domain.strip("\"'“”‘’<>.,; ")
        labels = domain.split(".")
        endings = [".".join(labels[start:]) for start in range(len(labels) - 1)] or [domain]
        left = labels[0] in self.alumni
        for ending in endings:
            if ending in self.free:
                return ()
            if ending in self.domains:
                kind = self.organizations[self.domains[ending][0].organization][0]
                return () if left and kind == "university" else self.domains[ending]
        academic = self._university(domain, endings)
        if academic is not None:
            return () if left else (Tenure(academic, BEGINNING_OF_TIME, END_OF_TIME),)
        return () if gives_addresses_to_anybody(domain) else None

    def _university(self, domain: str, endings: Sequence[str]) -> str | None:
        """The university of a domain: by the world-wide list, by the form of the domain, or by the file."""
        listed = university_of(domain)
        if listed is not None:
            return self.profiles.get(folded(listed[0]), listed[0])
        formed = self.academic_suffix.search(domain)
        return formed[0] if formed else next((end for end in endings if end in self.academic), None)


def read_directory(path: Path = FILE) -> Directory:
    """The data file. Raises `DatabaseError` naming file, entry and what is allowed."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DatabaseError(
            f"cannot be read ({error})", to=str(path), next_step="Correct the file"
        ) from error
    organizations: dict[str, tuple[str, bool]] = {}
    domains: dict[str, list[Tenure]] = {}
    profiles: dict[str, str] = {}
    became: dict[str, tuple[str, date]] = {}
    for entry in written.get("organization", []):
        name, kind = str(entry.get("name", "")), str(entry.get("kind", "company"))
        if not name or name in organizations:
            raise _wrong(path, name or "an organisation", "needs a name of its own")
        if kind not in KINDS:
            raise _wrong(path, name, f"kind {kind!r} is not one of {', '.join(KINDS)}")
        organizations[name] = (kind, bool(entry.get("peer", False)))
        if "became" in entry:
            became[name] = _became(path, name, entry["became"])
        for item in entry.get("domains", []):
            domain, tenure = _tenure(path, name, item)
            domains.setdefault(domain, []).append(tenure)
        for text in (name, *entry.get("profile", [])):
            profiles[folded(str(text))] = name
    for domain, tenures in domains.items():
        tenures.sort(key=lambda tenure: tenure.from_day)
        for earlier, later in pairwise(tenures):
            if earlier.to_day >= later.from_day:
                raise _wrong(
                    path,
                    domain,
                    f"belongs to {earlier.organization} and {later.organization} on {later.from_day}",
                )
    for name, (after, _) in became.items():
        if after not in organizations:
            raise _wrong(path, name, f"became {after!r}, which is no organisation of the file")
        seen = {name}
        while after in became:
            if after in seen:
                raise _wrong(path, name, f"became {after}, and round again")
            seen.add(after)
            after = became[after][0]
    academic, free = written.get("academic", {}), written.get("freemail", {})
    endings = "|".join(
        re.escape(ending).replace(r"\?", "?").replace("?", "[a-z]") for ending in academic.get("suffixes", [])
    )
    plain = Directory(
        organizations=organizations,
        domains={},
        profiles=profiles,
        became=became,
        free=frozenset(free.get("domains", [])),
        academic=frozenset(academic.get("domains", [])),
        academic_suffix=re.compile(rf"[^.]+\.(?:{endings or '(?!)'})$"),
        alumni=frozenset(academic.get("alumni", [])),
    )
    chained = {
        domain: tuple(
            part for each in tenures for part in plain.chain(each.organization, each.from_day, each.to_day)
        )
        for domain, tenures in domains.items()
    }
    return replace(plain, domains=chained)


def organization_id(name: str) -> int:
    """The id of an organisation."""
    return stable_id("organization", name)


def write_organizations(
    connection: Connection,
    directory: Directory,
    seen_domains: Iterable[str],
    *,
    steward: str,
    part: bool = False,
) -> Moved:
    """Hold the file's organisations, and the domains of it and of everybody seen; returns what changed.

    Each seen domain that belongs to an organisation gets rows of its own (so
    `us.ibm.com` beside `ibm.com`): SQL then joins identities to organisations
    plainly. With `part` there are more domains than those given, and none is taken
    out. Raises `DatabaseError` when the steward is not among them.
    """
    if steward not in directory.organizations:
        raise DatabaseError(
            "is not among the organisations",
            to=f"steward {steward!r}",
            next_step=f"Name one of {FILE.name}, or add it there with its domains",
        )
    tenures = dict(directory.domains)
    for domain in sorted(set(seen_domains)):
        found = directory.tenures(domain)
        if found:
            tenures[domain] = found
    names = set(directory.organizations) | {t.organization for group in tenures.values() for t in group}
    organizations = []
    for name in sorted(names):
        kind, peer = directory.organizations.get(name, ("university", False))
        organizations.append(
            {
                "organization_id": organization_id(name),
                "name": name,
                "kind": kind,
                "steward": name == steward,
                "peer": peer,
            }
        )
    changed = _write_changes(connection, "organizations", organizations, remove=False)
    rows = [
        {
            "domain": domain,
            "from_day": tenure.from_day,
            "to_day": tenure.to_day,
            "organization_id": organization_id(tenure.organization),
        }
        for domain, group in tenures.items()
        for tenure in group
    ]
    moved = _write_changes(connection, "organization_domains", rows, remove=not part)
    return Moved(
        everywhere=any(key in changed.held for key in changed.keys),
        domains=frozenset(str(key[0]) for key in moved.keys),
    )


class _Changes(NamedTuple):
    """Keys of the rows that were written or removed, and of those that were held before."""

    keys: Set[tuple[Any, ...]]
    held: Set[tuple[Any, ...]]


def _write_changes(
    connection: Connection, name: str, rows: list[dict[str, Any]], *, remove: bool
) -> _Changes:
    """Bring a small table to these rows and touch only what differs."""
    held_table = table(name)
    keys = held_table.primary_key.columns.keys()
    held = {
        tuple(row._mapping[key] for key in keys): dict(row._mapping)
        for row in connection.execute(select(held_table))
    }
    wanted = {tuple(row[key] for key in keys): row for row in rows}
    if remove:
        for each in held.keys() - wanted.keys():
            connection.execute(
                delete(held_table).where(
                    *(held_table.c[key] == value for key, value in zip(keys, each, strict=True))
                )
            )
    changed = {key: row for key, row in wanted.items() if held.get(key) != row}
    upsert(connection, held_table, changed.values())
    gone = held.keys() - wanted.keys() if remove else frozenset[tuple[Any, ...]]()
    return _Changes(changed.keys() | gone, held.keys())


def _tenure(path: Path, name: str, item: object) -> tuple[str, Tenure]:
    written = item
    if isinstance(item, str):
        item = {"domain": item}
    if not isinstance(item, dict) or not isinstance(item.get("domain"), str) or "." not in item["domain"]:
        raise _wrong(path, name, f"{written!r} is no domain: write one like example.com")
    first, last = item.get("from", BEGINNING_OF_TIME), item.get("until", END_OF_TIME)
    if not (isinstance(first, date) and isinstance(last, date) and first <= last):
        raise _wrong(path, name, f"{item['domain']}: from and until are days such as 2020-04-27, in order")
    return item["domain"].lower(), Tenure(name, first, last)


def _became(path: Path, name: str, item: object) -> tuple[str, date]:
    match item:
        case {"organization": str(after), "from": date() as day, "source": str(source)} if (
            after != name and source.strip()
        ):
            return after, day
    written = '{ organization = "NAME", from = 2020-04-27, source = "closed: who says so, and when" }'
    raise _wrong(path, name, f"became is written as {written}")


def _wrong(path: Path, entry: str, what: str) -> DatabaseError:
    return DatabaseError(f"{entry}: {what}", to=str(path), next_step="Correct the entry")
