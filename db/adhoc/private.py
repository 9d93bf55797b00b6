"""What a question is told that asks for something private: that it is, why, and what to ask for instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlglot import expressions

from db.adhoc.limits import refusal
from db.adhoc.public import COLUMNS_KEPT, TABLES


@dataclass(frozen=True)
class Private:
    """Why something is private, and what says the part of it that is public."""

    why: str
    instead: str


_TOLD_APART = "how people were told apart is theirs"
_PERSONS = "Use identities.person_id, which says who is one person, and people"
_HOUSE = "how the machine keeps its house is nobody's question"
_STUDIES = "that somebody was an intern or a student is theirs to say"
_COUNTED = "Use metric_values of contributors_interns or programme_contributors, which count them"
_SENT = "to whom reports went is between them and whoever runs this"
#: Every private table of ours; others, such as the database's own, are private without more words.
TABLES_KEPT: Final = {
    "cursors": Private(_HOUSE, "Use collector_runs, which says what was collected and when"),
    "archive_hours": Private(_HOUSE, "Use archive_days; the Data page says which hours are missing"),
    "leases": Private(_HOUSE, "Use collector_runs, which says what runs"),
    "fact_changes": Private(_HOUSE, "Use metric_refreshes, which says what was computed and when"),
    "lake_marks": Private(_HOUSE, "Use metric_refreshes and collector_runs, which say what was written when"),
    "refresh_marks": Private(_HOUSE, "Use metric_refreshes, which says what was computed and when"),
    "person_roles": Private(_STUDIES, _COUNTED),
    "profile_roles": Private(_STUDIES, _COUNTED),
    "identity_logins": Private("logins of the past are their owners'", "Use identities.login, as it is now"),
    "address_accounts": Private(_TOLD_APART, _PERSONS),
    "people_decisions": Private(_TOLD_APART, _PERSONS),
    "people_suggestions": Private(_TOLD_APART, _PERSONS),
    "forgotten_identities": Private(
        "who asked to be forgotten is", "Use people: whoever is in it may be named"
    ),
    "deliveries": Private(_SENT, "Use reports and alerts, which say what was made and when"),
    "unsubscriptions": Private(_SENT, "Use reports and alerts, which say what was made and when"),
}
#: Why the private columns of public tables are.
REASONS: Final = {
    ("identities", "address_hash"): Private(
        "an address can be guessed and tested against it",
        "Use identities.domain, the part behind the @, or identities.person_id to tell people apart",
    ),
    ("identities", "hireable"): Private(
        "that somebody looks for work is theirs to say",
        "Use affiliations, which says for whom people act, and since when",
    ),
}


def table_refused(name: str, written: str | None = None, position: int | None = None) -> Exception:
    """The refusal of a private table, called as it was written."""
    kept = TABLES_KEPT.get(name.lower())
    said = written or name
    if kept is None:
        return refusal(f"{said} is private", "docs/sql.md lists the tables", position)
    return refusal(f"{said} is private: {kept.why}", kept.instead, position)


def require_public(query: expressions.Query) -> None:
    """Raises `DatabaseError` that says what is private in a query; the database's own guard is the wall.

    What the query itself gives such a name may be called so.
    """
    named = {cte.alias_or_name.lower() for cte in query.find_all(expressions.CTE)}
    read = set()
    for table in query.find_all(expressions.Table):
        name = table.name.lower()
        whole = ".".join(part for part in (table.db, table.name) if part)
        if name in TABLES_KEPT and (table.db or name not in named):
            raise table_refused(name, whole, _place(table.this))
        read.add(name)
    for name in sorted(read & TABLES & set(COLUMNS_KEPT)):
        for column in sorted(COLUMNS_KEPT[name]):
            found = _asked_for(query, column)
            if found is not None:
                kept = REASONS[name, column]
                raise refusal(f"{name}.{column} is private: {kept.why}", kept.instead, _place(found))


def _asked_for(query: expressions.Query, column: str) -> expressions.Identifier | None:
    """Where a column is read by this name, unless the query gives the name itself."""
    found = [each for each in query.find_all(expressions.Identifier) if each.name.lower() == column]
    own = (expressions.Alias, expressions.TableAlias, expressions.CTE, expressions.Table)
    return None if any(isinstance(each.parent, own) for each in found) else next(iter(found), None)


def _place(found: expressions.Expression) -> int | None:
    """Where in the statement it stands, from 0."""
    place = found.meta.get("start")
    return place if isinstance(place, int) else None
