"""Every number from the facts: people, contributions, then the metrics that new facts touch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import Engine

from db.changes import begin_refresh, hold_mark
from db.engine import writing
from db.errors import DatabaseError, Stopped
from db.metrics import compute, contributions, first_answers, open_threads, person_sums, touched
from db.metrics.calendar import fill_calendar
from db.metrics.catalogue import Definition, read_catalogue, write_catalogue
from db.metrics.column_copy import ColumnCopy, News
from db.metrics.columns import needed
from db.metrics.elsewhere import Elsewhere
from db.metrics.freshness import facts_in_columns, facts_until, scope_days
from db.metrics.kept import refresh_kept
from db.metrics.labels import write_labels
from db.metrics.one_at_a_time import alone
from db.metrics.parts import Parts, Turns, parts_of, written
from db.metrics.side_by_side import SideBySide
from db.metrics.touched import MOVED_PEOPLE, Slice, Touched
from db.metrics.write_back import Filler, analyze, write_difference
from db.people.decisions import read_decisions
from db.people.forgetting import forget_again
from db.people.kinds import Judge, read_rules
from db.people.marks import forgotten
from db.people.organizations import Directory, read_directory
from db.people.part import People, rules_digest
from db.people.resolve import refresh_people
from db.schema import table
from db.upsert import upsert

#: Called with what was done, how many steps are done and how many there are.
Progress = Callable[[str, int, int], None]
#: Metrics are written together until they have so many rows: readers and writers are never kept for long.
ROWS_AT_ONCE = 50_000
#: PostgreSQL plans by statistics, and those of rows written a moment ago are not there by themselves.
ANALYZED = (
    *("contributions", "first_answers", "person_totals", "organization_people", "person_periods"),
    "metric_values",
)
#: Tables that are made of facts and contributions.
KEPT = frozenset({first_answers.NAME, open_threads.NAME, *person_sums.SELECTS})
#: Under what the copy notes which catalogue was written.
CATALOGUE = "catalogue"


@dataclass(frozen=True)
class RefreshResult:
    """A metric that was looked after: how many values it has, how many changed, and how long it took.

    `computed` is False when no new fact touches it.
    """

    metric: str
    rows: int
    changed: int
    computed: bool
    seconds: float


def copy_file(engine: Engine) -> Path | None:
    """Where this machine's copy in columns lies: beside a SQLite file, or under `var/` for PostgreSQL."""
    url = engine.url
    if url.database in (None, "", ":memory:"):
        return None
    if url.get_backend_name() == "sqlite":
        return Path(str(url.database)).with_suffix(".columns.duckdb")
    place = url.set(username=None, password=None).render_as_string()
    return Path("var") / f"{url.database}.{blake2b(place.encode(), digest_size=4).hexdigest()}.columns.duckdb"


def refresh(
    engine: Engine,
    *,
    now: datetime,
    metrics: Collection[str] | None = None,
    progress: Progress | None = None,
    steward: str = "Google",
    copy: Path | None = None,
    stop: Callable[[], bool] = lambda: False,
    elsewhere: Elsewhere | None = None,
) -> list[RefreshResult]:
    """Bring people, contributions and metrics (all, or those named) to what the facts say.

    `copy` is a file that holds what the metrics read in columns. With it a
    refresh reads and computes what changed since the last one, and gives what a
    full one would; without it, or when something else than a refresh touched the
    answers, it computes everything. Rows that stay as they were are not written.
    A metric's values change in one transaction, so that readers see the old ones
    or the new ones and never a gap. `elsewhere` computes what it can of the metrics, whole,
    with another engine; people and contributions are brought up to date before. `now` bounds
    what can be known and stands in `metric_refreshes`. Raises `DatabaseError` for a
    metric that does not exist, for a metric file that is wrong and for a steward that
    `organizations.toml` does not name; `Stopped` when `stop()` says so between two steps, and the next
    one then computes everything.
    """
    catalogue = read_catalogue()
    names = {definition.metric for definition in catalogue}
    unknown = sorted(set(metrics or ()) - names)
    if unknown:
        raise DatabaseError(
            "there is no such metric", to=unknown[0], next_step=f"Choose of {', '.join(sorted(names))}"
        )
    wanted = [each for each in catalogue if metrics is None or each.metric in metrics]
    with (
        alone(engine),
        ColumnCopy(copy, needed(catalogue)) as columns,
        Filler(writing(engine)) as filler,
    ):
        refreshed = _Refresh(engine, columns, filler, wanted, now, progress, stop, elsewhere)
        return refreshed.run(catalogue, steward)


class _Refresh:
    """One refresh on its way."""

    def __init__(
        self,
        engine: Engine,
        columns: ColumnCopy,
        filler: Filler,
        wanted: Sequence[Definition],
        now: datetime,
        progress: Progress | None,
        stop: Callable[[], bool],
        elsewhere: Elsewhere | None,
    ) -> None:
        self._stop = stop
        self._elsewhere = elsewhere
        self._given, self._engine = engine, writing(engine)
        self._columns = columns
        self._filler = filler
        self._wanted = wanted
        self._now = now
        self._progress = progress
        self._done = 0
        self._seconds: dict[str, float] = {}
        self._turns = Turns.of(wanted, at_once=elsewhere is not None)

    def run(self, catalogue: Sequence[Definition], steward: str) -> list[RefreshResult]:
        """All steps, in order."""
        directory = read_directory()
        with self._engine.begin() as connection:
            forget_again(connection, directory)
            fill_calendar(connection, now=self._now)
            write_labels(connection)
        self._tell("calendar")
        while (results := self._facts_and_people(catalogue, directory, steward)) is None:
            pass
        return results

    def _facts_and_people(
        self, catalogue: Sequence[Definition], directory: Directory, steward: str
    ) -> list[RefreshResult] | None:
        """Everything from reading the facts on; None when they have to be read again."""
        news = self._columns.update(self._engine)
        held = facts_in_columns(self._columns.duck, now=self._now)
        with self._engine.connect() as connection:
            days, until = scope_days(connection, now=self._now, facts=held), facts_until(held)
        compute.begin(self._columns, days)
        facts = touched.look_at_facts(self._columns, news)
        # What tells nobody apart is computed while it is found out who is who.
        first = parts_of(self._columns, facts, self._turns.before_people)
        with SideBySide(self._columns, first) as both:
            found = self._people(news, directory, steward)
            if found is None:
                return None
            self._tell("people")
            self._write_catalogue(catalogue, anew=news.everything)
            self._tell("facts")
            with self._engine.begin() as connection:
                mark = begin_refresh(connection, news.notes)
            changed = self._metrics(catalogue, touched.look(self._columns, found, facts), both, first)
        self._filler.wait()
        results = self._results(changed)
        self._sign(results, until)
        if any(result.changed > ROWS_AT_ONCE for result in results):
            analyze(self._engine, [name for name in ANALYZED if name not in self._filler.filled])
        self._columns.keep(mark)
        return results

    def _metrics(
        self, catalogue: Sequence[Definition], found: Touched, both: SideBySide, first: Parts
    ) -> dict[str, int]:
        """Contributions, what is kept, and all metrics beside the first; returns how many values changed."""
        second = parts_of(self._columns, found, self._turns.before_contributions)
        both.add(second)
        self._contributions(found)
        self._kept(found, {first_answers.NAME})
        self._tell("contributions")
        self._compute(found, catalogue, both, (first, second))
        return self._write()

    def _write_catalogue(self, catalogue: Sequence[Definition], *, anew: bool) -> None:
        """The definitions, unless they are those that the last refresh wrote."""
        digest = blake2b(repr(catalogue).encode(), digest_size=16).hexdigest()
        if anew or self._columns.noted(CATALOGUE) != digest:
            with self._engine.begin() as connection:
                write_catalogue(connection, catalogue)
            self._columns.note(CATALOGUE, digest)

    def _forgotten(self) -> int:
        return int(self._columns.rows("SELECT COUNT(*) FROM forgotten_identities")[0][0])

    def _people(self, news: News, directory: Directory, steward: str) -> News | None:
        """People whom the news can bear on; returns the news with what changed of them added."""
        with self._engine.begin() as connection:
            if hold_mark(connection) != news.mark or forgotten(connection) != self._forgotten():
                # Somebody was forgotten since, and must not come back: read again.
                return None
            judge = Judge(read_rules())
            decisions = read_decisions(connection)
            rules = rules_digest(steward, decisions, self._columns.rows("FROM forgotten_identities"))
            people = People(self._columns.duck, judge)
            known = people.whole() if news.everything else people.part(news.tables, decisions, rules)
            found = refresh_people(connection, steward=steward, directory=directory, known=known)
            people.keep(rules)
            persons, identities = found.looked_at or (None, None)
            organizations = None if known.domains or found.looked_at is None else ()
            of_people = dict.fromkeys(("people", "affiliations", "person_roles"), persons)
            news = self._columns.read_again(connection, news, "person_id", of_people)
            news = self._columns.read_again(connection, news, "identity_id", {"identities": identities})
            return self._columns.read_again(
                connection, news, "", {"organizations": organizations, "organization_domains": organizations}
            )

    def _contributions(self, found: Touched) -> None:
        """Contributions of the days touched, a transaction for each repository that they change."""
        duck, held = self._columns.duck, table("contributions")
        days = None if found.everything else "contribution_days"
        contributions.compare(duck, days=days)
        repositories = self._columns.rows(
            "SELECT repository_id FROM contributions_gone UNION SELECT repository_id FROM contributions_fresh"
        )
        bare = not self._columns.rows("SELECT EXISTS (FROM contributions)")[0][0]
        fresh = "SELECT * FROM contributions_fresh WHERE repository_id = {} ORDER BY ALL"
        if bare:
            self._filler.fill(held, duck, [fresh.format(repository) for (repository,) in repositories])
        for (repository,) in repositories if not bare else ():
            gone = f"SELECT * FROM contributions_gone WHERE repository_id = {repository}"
            with self._engine.begin() as connection:
                write_difference(connection, held, duck, gone=gone, fresh=fresh.format(repository))
        contributions.take_over(duck, days=days)
        if not found.everything:
            touched.add_contributions(self._columns, found)

    def _kept(self, found: Touched, names: Collection[str]) -> None:
        """What is made of facts and contributions: first answers, open threads, sums of people."""
        duck, moved = self._columns.duck, not found.everything
        changed = {*found.facts, *found.changed}
        if first_answers.NAME in names and (not moved or not changed.isdisjoint(first_answers.READS)):
            refresh_kept(self._engine, duck, self._filler, first_answers.kept(moved=moved))
            if moved:
                touched.add_answers(self._columns, found)
        if open_threads.NAME in names and (not moved or open_threads.touched(changed)):
            refresh_kept(self._engine, duck, self._filler, open_threads.kept(duck, moved=moved))
        for name in person_sums.SELECTS.keys() & names:
            # A scope of other repositories has other totals of everybody.
            scoped = bool(found.scopes) and "scope_id" in table(name).c
            refresh_kept(self._engine, duck, self._filler, person_sums.kept(name, moved=moved and not scoped))

    def _compute(
        self,
        found: Touched,
        catalogue: Sequence[Definition],
        both: SideBySide,
        begun: Sequence[Parts],
    ) -> None:
        """Compute what is touched, slice by slice, and lay aside how it differs."""
        kept = KEPT - {first_answers.NAME}
        answered: set[str] = set()
        if self._elsewhere:
            # The other engine reads the sums as well.
            self._kept(found, kept)
            answered, kept = self._take_answers(self._elsewhere), frozenset()
        parts = parts_of(self._columns, found, self._turns.before_sums, leave_out=answered)
        last = parts_of(self._columns, found, self._turns.after_sums, leave_out=answered)
        left = Counter(
            each.metric for held in (*begun, parts, last) for part in held.values() for each in part
        )
        for definition in self._wanted:
            if definition.metric not in left and definition.metric not in answered:
                self._tell(definition.metric)

        def done(metric: str, seconds: float) -> None:
            self._seconds[metric] = self._seconds.get(metric, 0.0) + seconds
            left[metric] -= 1
            if not left[metric]:
                self._tell(metric)

        moved = parts.pop(MOVED_PEOPLE, [])
        both.add(parts)
        self._kept(found, kept)
        both.add(last)
        for definition in moved:
            done(definition.metric, compute.exchange(self._columns, definition))
        both.finish(done)
        # Metrics that were not asked for have not heard of the news: they are computed whole next time.
        self._columns.duck.execute("DELETE FROM computed")
        rows = [[each.metric for each in self._wanted], [written(each) for each in self._wanted]]
        self._columns.duck.execute(
            "INSERT INTO computed SELECT UNNEST(CAST(? AS VARCHAR[])), UNNEST(CAST(? AS VARCHAR[]))", rows
        )
        named = ", ".join(f"'{definition.metric}'" for definition in catalogue)
        self._columns.duck.execute(f"DELETE FROM metric_values WHERE metric NOT IN ({named})")

    def _take_answers(self, elsewhere: Elsewhere) -> set[str]:
        """What another engine computes, compared with what is held; returns the metrics."""
        # The engine goes by the database, where some rows may be on their way.
        self._filler.wait()
        found: set[str] = set()
        for answer in elsewhere(self._given, self._wanted):
            compute.take(self._columns, answer)
            self._seconds[answer.metric] = answer.seconds
            found.add(answer.metric)
            self._tell(answer.metric)
        if found:
            compute.compare(self._columns, found, Slice())
        return found

    def _write(self) -> dict[str, int]:
        """The values that differ, into the database; returns how many of each metric."""
        duck, held = self._columns.duck, table("metric_values")
        bare = not self._columns.rows("SELECT EXISTS (FROM metric_values)")[0][0]
        compute.finish(self._columns)
        changed: dict[str, int] = {}
        for name in compute.DIFFERING:
            for metric, count in self._columns.rows(f"SELECT metric, COUNT(*) FROM {name} GROUP BY metric"):
                changed[metric] = changed.get(metric, 0) + count
        fresh, gone = "SELECT * FROM values_fresh {} ORDER BY ALL", "SELECT * FROM values_gone {}"
        parts = [
            f"WHERE metric IN ({', '.join(repr(metric) for metric in together)})"
            for together in _batches(changed)
        ]
        if bare:
            self._filler.fill(held, duck, [fresh.format(part) for part in parts])
        for part in parts if not bare else ():
            with self._engine.begin() as connection:
                write_difference(connection, held, duck, gone=gone.format(part), fresh=fresh.format(part))
        return changed

    def _results(self, changed: dict[str, int]) -> list[RefreshResult]:
        counts = dict(self._columns.rows("SELECT metric, COUNT(*) FROM metric_values GROUP BY metric"))
        return [
            RefreshResult(
                metric=metric,
                rows=counts.get(metric, 0),
                changed=changed.get(metric, 0),
                computed=metric in self._seconds,
                seconds=self._seconds.get(metric, 0.0),
            )
            for metric in (definition.metric for definition in self._wanted)
        ]

    def _sign(self, results: Sequence[RefreshResult], until: date | None) -> None:
        rows = [
            {
                "metric": result.metric,
                "refreshed_at": self._now,
                "facts_until": until,
                "seconds": result.seconds,
                "rows": result.rows,
            }
            for result in results
        ]
        with self._engine.begin() as connection:
            upsert(connection, table("metric_refreshes"), rows)

    def _tell(self, what: str) -> None:
        """One step is done; raises `Stopped` when no other is to begin."""
        if self._stop():
            raise Stopped(
                "was asked to end", to="the refresh of metrics", next_step="The next one computes everything"
            )
        self._done += 1
        if self._progress is not None:
            self._progress(what, self._done, 4 + len(self._wanted))


def _batches(changed: dict[str, int]) -> Iterator[list[str]]:
    together: list[str] = []
    rows = 0
    for metric, count in sorted(changed.items()):
        if together and rows + count > ROWS_AT_ONCE:
            yield together
            together, rows = [], 0
        together.append(metric)
        rows += count
    if together:
        yield together
