"""What is found for some words, kind by kind, the best first; each finding leads to a page of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from sqlalchemy import Connection, case, func, select

from dashboard.components.navigation import GROUPS
from dashboard.language import _, mark
from dashboard.pages import performance
from dashboard.pages.goals import GOALS
from dashboard.search.found import KINDS, Found
from dashboard.search.words import Sought
from db.people.forgetting import FORGOTTEN
from db.schema import table

#: Letters of a finding's second line.
LONGEST = 110
#: Letters of a value that a list is asked for.
LONGEST_VALUE = 100


@dataclass(frozen=True)
class Places:
    """Which pages there are, by their paths with variables: a finding leads to none that is missing."""

    paths: Collection[str]

    def of(self, path: str) -> str | None:
        """The beginning of the address of a page with one variable, such as `/contributors/<person>`."""
        return path if any(known.startswith(f"{path}<") for known in self.paths) else None


Finder = Callable[[Connection, Sought, Places, int], list[Found]]


def find(
    connection: Connection, words: Sought, places: Places, kinds: Collection[str], limit: int
) -> list[Found]:
    """Findings of the kinds, in the order of `KINDS`, so many of each at most."""
    return [
        found for kind in KINDS if kind in kinds for found in FINDERS[kind](connection, words, places, limit)
    ]


def _pages(_connection: Connection, words: Sought, places: Places, limit: int) -> list[Found]:
    leads = {f"/{goal}": lead for goal, (_title, lead, *_rest) in GOALS.items()}
    named = [(title, path, leads.get(path, "")) for group in GROUPS for path, title, _keeps in group]
    if "/performance/<card>" in places.paths:
        named += [
            (card.asked.title, f"/performance/{name}", card.asked.meaning)
            for name, card in performance.CARDS.items()
        ]
    ranked = [
        (rank, place, Found("page", _(title), _shortened(_(lead) if "{" not in lead else ""), path))
        for place, (title, path, lead) in enumerate(named)
        if (rank := words.rank(_(title), title)) is not None
    ]
    return [found for _rank, _place, found in sorted(ranked, key=lambda entry: entry[:2])[:limit]]


def _metrics(connection: Connection, words: Sought, _places: Places, limit: int) -> list[Found]:
    held = table("metric_definitions")
    rows = connection.execute(
        select(held.c.metric, held.c.title, held.c.meaning).order_by(held.c.goal, held.c.metric)
    ).all()
    ranked: list[tuple[int, int, Found]] = []
    for place, (metric, title, meaning) in enumerate(rows):
        rank = words.rank(_(title), title, metric, metric.replace("_", " "))
        if rank is None:
            # A metric that only speaks of it comes after those that are called so.
            rank = 4 if words.rank(_(meaning), meaning) is not None else None
        if rank is not None:
            found = Found("metric", _(title), _shortened(_(meaning)), f"/metrics/{quote(metric)}")
            ranked.append((rank, place, found))
    return [found for _rank, _place, found in sorted(ranked, key=lambda entry: entry[:2])[:limit]]


def _repositories(connection: Connection, words: Sought, _places: Places, limit: int) -> list[Found]:
    """The scopes: what numbers are about, a repository or several."""
    scopes = table("scopes").c
    dialect = connection.dialect.name
    behind_the_slash = func.substr(scopes.title, func.length(scopes.title) - len(words.whole) + 1)
    rows = connection.execute(
        select(scopes.name, scopes.title, scopes.kind)
        .where(words.found_in(dialect, scopes.name, scopes.title))
        .order_by(
            case((func.lower(behind_the_slash) == words.whole.lower(), 0), else_=1),
            words.place_of(dialect, scopes.title, scopes.name),
            scopes.position,
            scopes.name,
        )
        .limit(limit)
    )
    return [
        Found(
            "repository",
            row.title,
            _(SCOPES.get(row.kind, row.kind)),
            f"/?{urlencode({'scope': row.name}, safe='/')}",
        )
        for row in rows
    ]


def _people(connection: Connection, words: Sought, places: Places, limit: int) -> list[Found]:
    """People by their public names and logins, humans first; the forgotten have neither."""
    page = places.of(PERSON)
    if page is None and CONTRIBUTORS not in places.paths:
        return []
    people = table("people").c
    dialect = connection.dialect.name
    rows = connection.execute(
        select(people.person_id, people.display_name, people.login, people.kind)
        .where(words.found_in(dialect, people.display_name, people.login), people.display_name != FORGOTTEN)
        .order_by(
            case((people.kind == "human", 0), else_=1),
            words.place_of(dialect, people.login, people.display_name),
            func.length(people.display_name),
            people.display_name,
            people.person_id,
        )
        .limit(limit)
    )
    found = []
    for row in rows:
        login = f"@{row.login}" if row.login and row.login != row.display_name else ""
        kind = _(KINDS_OF_PEOPLE[row.kind]) if row.kind in KINDS_OF_PEOPLE else ""
        detail = " · ".join(filter(None, (login, kind)))
        listed = f"{CONTRIBUTORS}?{urlencode({'name.has': row.display_name[:LONGEST_VALUE]})}"
        href = f"{page}{row.person_id}" if page else listed
        found.append(Found("person", row.display_name, detail, href))
    return found


def _organizations(connection: Connection, words: Sought, places: Places, limit: int) -> list[Found]:
    page = places.of(ORGANIZATION)
    if page is None:
        return []
    held = table("organizations").c
    rows = connection.execute(
        select(held.organization_id, held.name, held.kind)
        .where(words.found_in(connection.dialect.name, held.name))
        .order_by(words.place_of(connection.dialect.name, held.name), func.length(held.name), held.name)
        .limit(limit)
    )
    return [
        Found(
            "organization", row.name, _(ORGANIZATIONS.get(row.kind, row.kind)), f"{page}{row.organization_id}"
        )
        for row in rows
    ]


def _use_cases(connection: Connection, words: Sought, places: Places, limit: int) -> list[Found]:
    """Repositories that use the project, found in the list of them."""
    if USE_CASES not in places.paths:
        return []
    cases, held = table("use_cases").c, table("repositories").c
    rows = connection.execute(
        select(held.full_name, cases.domain)
        .join(table("use_cases"), cases.repository_id == held.repository_id)
        .where(
            words.found_in(connection.dialect.name, held.full_name), held.state.not_in(("private", "blocked"))
        )
        .order_by(words.place_of(connection.dialect.name, held.full_name), held.stars.desc(), held.full_name)
        .limit(limit)
    )
    return [
        Found(
            "use_case",
            row.full_name,
            _((row.domain or "").replace("_", " ")),
            f"{USE_CASES}?{urlencode({'repository.has': row.full_name}, safe='/')}",
        )
        for row in rows
    ]


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


CONTRIBUTORS, PERSON, ORGANIZATION = "/contributors", "/contributors/", "/organizations/"
USE_CASES = "/use-cases/explorer"
SCOPES = {"project": mark("Project"), "role": mark("Roles"), "repository": mark("Repository")}
KINDS_OF_PEOPLE = {"bot": mark("bot"), "proxy": mark("proxy")}
ORGANIZATIONS = {
    "company": mark("company"),
    "university": mark("university"),
    "institute": mark("institute"),
    "community": mark("community"),
}
#: Kind → what finds it.
FINDERS: Mapping[str, Finder] = {
    "page": _pages,
    "metric": _metrics,
    "repository": _repositories,
    "person": _people,
    "organization": _organizations,
    "use_case": _use_cases,
}
