"""What changed facts can change: days of contributions, and the scopes and years of a metric's values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from db.changes import NOTED
from db.metrics.column_copy import ColumnCopy, News

#: Tables that say who somebody is: what changes in them changes the facts of those people.
WHO = ("identities", "people", "affiliations", "organization_domains")
#: What a refresh of people writes, and what is followed with them.
OF_PEOPLE = (*WHO, "organizations", "person_roles", "commit_coauthors")
#: Tables that other rows point at: a row that is new in them changes nothing by itself.
POINTED_AT = ("organizations", "repositories")
#: Tables whose rows belong to the thread of an issue or a pull request.
THREADS = ("issues", "pull_requests", "comments", "reviews")
#: Kept of threads.
ANSWERED = "first_answers"
SCOPES = ("scopes", "scope_repositories")
#: Of a scope, made of its repositories' contributions.
TOTALS = "person_totals"
#: The last day of spans that have no end.
FOREVER = "DATE '9999-12-31'"

#: Spans of days on which somebody's affiliation is another than it was.
MOVED_SPANS = """
CREATE OR REPLACE TEMPORARY TABLE moved_spans AS
WITH moved AS (SELECT person_id FROM old_affiliations UNION SELECT person_id FROM new_affiliations),
present AS (SELECT * FROM affiliations SEMI JOIN moved USING (person_id)),
before AS (
    (SELECT * FROM present EXCEPT SELECT * FROM new_affiliations) UNION ALL SELECT * FROM old_affiliations
),
edges AS (
    SELECT person_id, from_day AS day FROM present UNION SELECT person_id, to_day + 1 FROM present
    UNION SELECT person_id, from_day FROM before UNION SELECT person_id, to_day + 1 FROM before
),
spans AS (
    SELECT person_id, day AS from_day,
           COALESCE(LEAD(day) OVER (PARTITION BY person_id ORDER BY day) - 1, {forever}) AS to_day
    FROM edges
)
SELECT s.person_id, s.from_day, s.to_day
FROM spans s
LEFT JOIN present n ON n.person_id = s.person_id AND s.from_day BETWEEN n.from_day AND n.to_day
LEFT JOIN before b ON b.person_id = s.person_id AND s.from_day BETWEEN b.from_day AND b.to_day
WHERE (n.organization_id, n.source) IS DISTINCT FROM (b.organization_id, b.source)
"""


@dataclass(frozen=True)
class Slice:
    """Scopes and years that are computed; None stands for all. With `people`, the moved people alone."""

    scopes: frozenset[int] | None = None
    years: frozenset[int] | None = None
    people: bool = False


#: Stands for the people whose contributions differ, in all scopes and years.
MOVED_PEOPLE = Slice(people=True)


@dataclass
class Touched:
    """Where facts changed: table → (repository, year), and what is known to have changed altogether.

    `changed` are all the tables read whole that differ, `tables` those of them whose
    rows lie in no repository and year; `scopes` are those whose repositories changed.
    """

    everything: bool = False
    facts: dict[str, set[tuple[int, int]]] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()
    scopes: frozenset[int] = frozenset()
    members: dict[int, set[int]] = field(default_factory=dict)

    def slices(self, reads: Iterable[str], reach: str) -> list[Slice]:
        """What has to be computed anew of a metric that reads those tables; nothing when the list is empty.

        `reach` says how far a changed fact reaches (see `catalogue.REACHES`).
        """
        read = set(reads)
        if self.everything or read & self.tables:
            return [Slice()]
        places = {place for name in read for place in self.facts.get(name, ())}
        scoped = self.scopes if read & {*SCOPES, TOTALS} else frozenset()
        if reach == "people" and not scoped:
            return [MOVED_PEOPLE] if places else []
        if reach == "everything":
            return [Slice()] if places or read & self.changed else []
        found = [Slice(scopes=scoped)] if scoped else []
        repositories = {repository for repository, _ in places}
        touched = frozenset(scope for scope, held in self.members.items() if held & repositories) - scoped
        if touched:
            years = frozenset(year for _, year in places) if reach == "period" else None
            found.append(Slice(touched, years))
        return found


def look_at_facts(copy: ColumnCopy, news: News) -> Touched:
    """What the changed facts of a copy touch by themselves, before it is known whom news of people bears on.

    That is all for a metric that tells nobody apart. When everything is new, or the calendar, all has to be
    computed.
    """
    if news.everything or "calendar" in news.tables:
        return Touched(everything=True)
    # `own` are the days of the facts themselves; the others are those of what else their threads hold.
    copy.duck.execute(
        "CREATE OR REPLACE TEMPORARY TABLE touched "
        "(table_name VARCHAR, repository_id BIGINT, day DATE, own BOOLEAN)"
    )
    for name in ("moved_threads", "more_threads"):
        copy.duck.execute(
            f"CREATE OR REPLACE TEMPORARY TABLE {name} "
            "(table_name VARCHAR, repository_id BIGINT, number BIGINT)"
        )
    for name in NOTED:
        _note(copy, name, f"FROM old_{name} UNION ALL FROM new_{name}")
    _follow_threads(copy)
    return _summed_up(copy, news)


def look(copy: ColumnCopy, news: News, facts: Touched) -> Touched:
    """What the news of a copy touch, people's included; `facts` is what `look_at_facts` gave before.

    Lays the days of contributions aside in `contribution_days`. When everything is new there is no such
    table, and all has to be computed.
    """
    if facts.everything or _steward_changed(copy, news):
        return Touched(everything=True)
    _moved_people(copy, news)
    for name in NOTED:
        _note(copy, name, _of_moved_people(copy, name))
    _moved_coauthors(copy, news)
    copy.duck.execute(
        "CREATE OR REPLACE TEMPORARY TABLE contribution_days AS "
        "SELECT DISTINCT repository_id, day FROM touched WHERE own AND day IS NOT NULL"
    )
    _follow_threads(copy)
    return _summed_up(copy, news)


def _summed_up(copy: ColumnCopy, news: News) -> Touched:
    return Touched(
        facts=_places(copy),
        changed=news.tables,
        tables=frozenset(name for name in news.tables if _by_itself(copy, name)),
        scopes=_moved_scopes(copy, news),
        members=_members(copy),
    )


def add_contributions(copy: ColumnCopy, touched: Touched) -> None:
    """Take the contributions that turned out to differ into account."""
    copy.duck.execute(
        "INSERT INTO touched SELECT DISTINCT 'contributions', repository_id, day, TRUE FROM ("
        "SELECT repository_id, day FROM contributions_gone UNION "
        "SELECT repository_id, day FROM contributions_fresh)"
    )
    touched.facts.update(_places(copy, "WHERE table_name = 'contributions'"))
    if "contributions" in touched.facts:
        touched.facts[TOTALS] = touched.facts["contributions"]


def add_answers(copy: ColumnCopy, touched: Touched) -> None:
    """Take the first answers that turned out to differ into account: they reach where their threads lie."""
    for name in ("issues", "pull_requests"):
        for day in copy.days(name):
            copy.duck.execute(
                f"INSERT INTO touched SELECT DISTINCT '{ANSWERED}', t.repository_id, t.{day}, FALSE "
                f"FROM {name} t SEMI JOIN (SELECT repository_id, number FROM {ANSWERED}_gone UNION ALL "
                f"SELECT repository_id, number FROM {ANSWERED}_fresh) d USING (repository_id, number)"
            )
    touched.facts.update(_places(copy, f"WHERE table_name = '{ANSWERED}' AND day IS NOT NULL"))


def _steward_changed(copy: ColumnCopy, news: News) -> bool:
    if "organizations" not in news.tables:
        return False
    return bool(
        copy.rows(
            "SELECT EXISTS (FROM old_organizations WHERE steward) "
            "OR EXISTS (FROM new_organizations WHERE steward)"
        )[0][0]
    )


def _by_itself(copy: ColumnCopy, name: str) -> bool:
    """Whether a change of a table can change any value of the metrics that read it."""
    if name in (*WHO, *SCOPES, "commit_coauthors"):
        return False
    return name not in POINTED_AT or bool(copy.rows(f"SELECT EXISTS (FROM old_{name})")[0][0])


def _moved_people(copy: ColumnCopy, news: News) -> None:
    """Identities whose facts count otherwise, and the spans on which somebody is affiliated otherwise."""
    duck = copy.duck
    duck.execute("CREATE OR REPLACE TEMPORARY TABLE moved_identities (identity_id BIGINT)")
    for side in ("old", "new"):
        for name, select in (
            ("identities", f"SELECT identity_id FROM {side}_identities"),
            ("people", f"SELECT identity_id FROM identities SEMI JOIN {side}_people USING (person_id)"),
            (
                "organization_domains",
                f"SELECT identity_id FROM identities SEMI JOIN {side}_organization_domains USING (domain)",
            ),
        ):
            if name in news.tables:
                duck.execute(f"INSERT INTO moved_identities {select}")
    if "affiliations" in news.tables:
        duck.execute(MOVED_SPANS.format(forever=FOREVER))
    else:
        duck.execute(
            "CREATE OR REPLACE TEMPORARY TABLE moved_spans (person_id BIGINT, from_day DATE, to_day DATE)"
        )
    duck.execute(
        "CREATE OR REPLACE TEMPORARY TABLE moved_in AS SELECT i.identity_id, s.from_day, s.to_day "
        "FROM moved_spans s JOIN identities i USING (person_id)"
    )


def _note(copy: ColumnCopy, name: str, moved: str) -> None:
    """Note the days and the threads of some rows of a table."""
    duck = copy.duck
    duck.execute(f"CREATE OR REPLACE TEMPORARY TABLE moved AS {moved}")
    for day in copy.days(name):
        duck.execute(f"INSERT INTO touched SELECT DISTINCT '{name}', repository_id, {day}, TRUE FROM moved")
    if name in THREADS:
        duck.execute(
            f"INSERT INTO more_threads SELECT DISTINCT '{name}', repository_id, number FROM moved "
            f"ANTI JOIN (FROM moved_threads WHERE table_name = '{name}') m USING (repository_id, number)"
        )


def _of_moved_people(copy: ColumnCopy, name: str) -> str:
    """The SELECT of a table's rows whose author counts otherwise by now, or did on one of their days."""
    days = copy.days(name)
    acted = [*days, "CAST(f.authored_at AS DATE)"] if name == "commits" else days
    within = " OR ".join(
        f"{day if '(' in day else f'f.{day}'} BETWEEN s.from_day AND s.to_day" for day in acted
    )
    return (
        f"SELECT f.* FROM {name} f SEMI JOIN moved_identities m ON m.identity_id = f.author_id UNION ALL "
        f"SELECT f.* FROM {name} f JOIN moved_in s ON s.identity_id = f.author_id AND ({within})"
    )


def _follow_threads(copy: ColumnCopy) -> None:
    """Note all days of the threads that were noted last."""
    duck = copy.duck
    if not copy.rows("SELECT EXISTS (FROM more_threads)")[0][0]:
        return
    for name in THREADS:
        for day in copy.days(name):
            duck.execute(
                f"INSERT INTO touched SELECT DISTINCT m.table_name, t.repository_id, t.{day}, FALSE "
                f"FROM more_threads m JOIN {name} t USING (repository_id, number)"
            )
    duck.execute("INSERT INTO moved_threads FROM more_threads")
    duck.execute("DELETE FROM more_threads")


def _moved_coauthors(copy: ColumnCopy, news: News) -> None:
    changed = "".join(
        f"SELECT repository_id, sha FROM {side}_commit_coauthors UNION "
        for side in ("old", "new")
        if "commit_coauthors" in news.tables
    )
    copy.duck.execute(
        "INSERT INTO touched SELECT DISTINCT 'commit_coauthors', f.repository_id, f.day, TRUE FROM commits f "
        f"SEMI JOIN ({changed}"
        "SELECT o.repository_id, o.sha FROM commit_coauthors o "
        "SEMI JOIN moved_identities m ON m.identity_id = o.coauthor_id UNION "
        "SELECT o.repository_id, o.sha FROM commit_coauthors o "
        "JOIN identities i ON i.identity_id = o.coauthor_id "
        "SEMI JOIN moved_spans s ON s.person_id = i.person_id) k "
        "USING (repository_id, sha)"
    )


def _moved_scopes(copy: ColumnCopy, news: News) -> frozenset[int]:
    return frozenset(
        scope
        for name in SCOPES
        if name in news.tables
        for side in ("old", "new")
        for (scope,) in copy.rows(f"SELECT DISTINCT scope_id FROM {side}_{name}")
    )


def _members(copy: ColumnCopy) -> dict[int, set[int]]:
    members: dict[int, set[int]] = {}
    for scope, repository in copy.rows("SELECT scope_id, repository_id FROM scope_repositories"):
        members.setdefault(scope, set()).add(repository)
    return members


def _places(copy: ColumnCopy, where: str = "WHERE day IS NOT NULL") -> dict[str, set[tuple[int, int]]]:
    found: dict[str, set[tuple[int, int]]] = {}
    for name, repository, year in copy.rows(
        f"SELECT DISTINCT table_name, repository_id, year(day) FROM touched {where}"
    ):
        found.setdefault(name, set()).add((repository, year))
    return found
