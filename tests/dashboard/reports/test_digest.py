"""The digest says what is held, in the order of importance, and nothing else: weeks with known stories."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Engine, delete, select, update

from dashboard import wording
from dashboard.reports.digest import Digest, preview
from dashboard.reports.layout import noun_of
from dashboard.reports.measures import Series, measure
from dashboard.reports.schedule import Due, earlier
from dashboard.reports.window import Window, last_over
from dashboard.site import Site
from db import open_threads
from db.engine import writing
from db.errors import DatabaseError
from db.listing import ALL, read_list
from db.metrics.read import MetricText
from db.schema import stable_id, table
from db.upsert import upsert

Tell = Callable[..., Digest]
NUMBER = re.compile(r"[+−±]?\d[\d,.]*\d%?|[+−±]?\d%?")


@pytest.fixture
def tell(engine: Engine, made_weeks: ModuleType) -> Tell:
    """Fill the database with a story and make the digest of its week."""

    def told(story: object = None, **more: object) -> Digest:
        made_weeks.fill(engine, story)
        return again(engine, made_weeks, **more)

    return told


def again(
    engine: Engine,
    made_weeks: ModuleType,
    *,
    scope: str = "project",
    targets: dict[str, float] | None = None,
    period: str = "week",
    now: datetime | None = None,
) -> Digest:
    settings = made_weeks.Settings(Path("unused"), period=period)
    made_weeks.threads(engine)
    return preview(engine, settings, scope, Site(engine, targets=targets or {}), now or made_weeks.NOW)


def part(digest: Digest, heading: str) -> str:
    """A section of the text twin, its lines joined."""
    after = digest.text.split(f"\n{heading}\n", 1)[1].split("\n", 1)[1]
    return " ".join(re.split(r"\n\n\n", after)[0].split())


class Reading(HTMLParser):
    """What a reader of the HTML sees, and what it is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.silent += tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_a_usual_week_is_called_usual_with_its_figures(tell: Tell) -> None:
    digest = tell()
    assert digest.headline == (
        "The week of 15 Jun 2026 was a usual one for TensorFlow: 250 commits without bots, "
        "30.1% of commits from outside Google and 14 new contributors."
    )
    assert (digest.period, digest.period_end) == (date(2026, 6, 15), date(2026, 6, 21))
    assert "Nothing left the range of the 8 weeks before" in part(digest, "WHAT CHANGED MOST")
    assert not digest.simulated


def test_a_share_of_the_commits_that_are_told_is_told_of_them(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    tell()
    held = table("metric_values")
    with writing(engine).begin() as connection:
        connection.execute(
            update(held)
            .where(held.c.metric == "outside_share_of_commits", held.c.period == made_weeks.WEEK)
            .values(sample_size=250)
        )
    told = again(engine, made_weeks).headline
    assert told.endswith(
        "250 commits without bots, 30.1% of them from outside Google, and 14 new contributors."
    )


def test_a_quiet_week_is_called_quiet(tell: Tell, made_weeks: ModuleType) -> None:
    quiet = made_weeks.Story(commits={"steward": 70.0, "organization": 11.0, "independent": 4.0})
    digest = tell(quiet)
    assert digest.headline == (
        "A quiet week for TensorFlow: commits without bots fell to 90 in the week of 15 Jun 2026, "
        "against 219 to 251 in the 8 weeks before."
    )
    assert "Commits: 90 without bots, below the 219 to 251 of the 8 weeks before." in part(
        digest, "WHAT CHANGED MOST"
    )


def test_a_spike_of_one_bot_is_told_as_such_and_never_celebrated(tell: Tell, made_weeks: ModuleType) -> None:
    digest = tell(made_weeks.Story(commits={"bot": 700.0}))
    assert digest.headline.startswith("The week of 15 Jun 2026 was a usual one for TensorFlow: 250 commits")
    assert "950" not in digest.headline
    assert (
        "Commits went up to 950 by bots alone: 700 are theirs, and the 250 of everybody else are not out "
        "of the usual (219 to 251)." in part(digest, "WHAT CHANGED MOST")
    )
    goals = part(digest, "THE GOALS")
    assert "Commits: 950" in goals
    assert "700 of them by bots" in goals
    assert not green(digest)


def green(digest: Digest) -> list[str]:
    """The changes that are shown as for the better."""
    return re.findall(r"color:#17703f\">([^<]*)", digest.html)


def test_only_what_left_its_usual_range_is_shown_as_better_or_worse(
    tell: Tell, made_weeks: ModuleType
) -> None:
    assert green(tell()) == []
    assert green(tell(made_weeks.Story(newcomers=41.0)))
    goals = part(tell(made_weeks.Story(newcomers=41.0)), "THE GOALS")
    assert "above the usual: 10 to 14 in the 8 weeks before" in goals
    assert "Share of commits from outside: 30.1%" in goals
    assert re.search(r"of 2\d\d; 2\d(\.\d)?% to \d\d(\.\d)?% in the 8 weeks before", goals)


def test_a_share_that_only_bots_moved_makes_no_headline(tell: Tell, made_weeks: ModuleType) -> None:
    digest = tell(made_weeks.Story(commits={"bot": 700.0}, share=77 / 950))
    assert digest.headline == (
        "The week of 15 Jun 2026 was a usual one for TensorFlow: 250 commits without bots "
        "and 14 new contributors, and 700 more by bots alone."
    )
    weeks = [made_weeks.WEEK - timedelta(weeks=back) for back in range(1, 9)]
    shares = [made_weeks.segments("outside_share_of_commits", week, 1.0)["all"][0] for week in weeks]
    assert (
        f"Share of commits from outside: 8.1%, below the {100 * min(shares):.1f}% to "
        f"{100 * max(shares):.1f}% of the 8 weeks before; 29.3% a year ago; "
        "bots alone moved the commits that it is a share of."
    ).replace(".0%", "%") in part(digest, "WHAT CHANGED MOST").replace(".0%", "%")


def test_bots_and_people_together_are_told_by_the_people(tell: Tell, made_weeks: ModuleType) -> None:
    digest = tell(made_weeks.Story(commits={"bot": 700.0, "independent": 300.0}))
    without_independents = 250 - 27
    people = without_independents + 300
    assert f"busy week for TensorFlow: commits without bots rose to {people} " in digest.headline


def test_many_newcomers_make_the_headline(tell: Tell, made_weeks: ModuleType) -> None:
    digest = tell(made_weeks.Story(newcomers=41.0))
    assert digest.headline == (
        "TensorFlow: new contributors rose to 41 people in the week of 15 Jun 2026, "
        "against 10 to 14 in the 8 weeks before."
    )


def test_newcomers_make_no_headline_while_history_is_not_collected_to_its_beginning(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    tell(made_weeks.Story(newcomers=41.0))
    row = {
        "job": "commits",
        "target": "tensorflow/tensorflow",
        "cursor": "{}",
        "updated_at": made_weeks.NOW,
        "finished_at": None,
    }
    with writing(engine).begin() as connection:
        upsert(connection, table("cursors"), [row])
    digest = again(engine, made_weeks)
    assert "41" not in digest.headline
    assert "new contributor" not in digest.headline
    assert "Not yet collected to its beginning: commits of tensorflow/tensorflow." in part(
        digest, "HOW FAR TO TRUST THIS"
    )


def test_what_a_season_brings_every_year_makes_no_headline(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    tell(made_weeks.Story(newcomers=41.0))
    held = table("metric_values")
    with writing(engine).begin() as connection:
        connection.execute(
            update(held)
            .where(
                held.c.metric == "new_contributors",
                held.c.grain == "week",
                held.c.period == made_weeks.WEEK - timedelta(weeks=52),
            )
            .values(value=39.0)
        )
    digest = again(engine, made_weeks)
    assert "was a usual one" in digest.headline
    assert "the same week a year ago left its range the same way" in part(digest, "WHAT CHANGED MOST")


def test_a_gap_in_the_data_is_the_headline_and_nothing_is_made_of_it(
    tell: Tell, made_weeks: ModuleType
) -> None:
    digest = tell(made_weeks.Story(stop=date(2026, 6, 1)), targets={"outside_share_of_commits": 0.3})
    assert digest.headline == (
        "Nothing is held of TensorFlow for the week of 15 Jun 2026: the newest facts are of 3 Jun 2026."
    )
    goals = part(digest, "THE GOALS")
    assert re.search(
        r"No value for the week of 15 Jun 2026: share of commits from outside \(last [\d.]+%, week of 1 Jun "
        r"2026\), new contributors \(last 11 people, week of 1 Jun 2026\), time to a first "
        r"answer \(last [\d.]+ days, ",
        goals,
    )
    assert "—" not in goals
    assert "%  " not in goals
    assert "on the week before" not in goals
    assert "Nobody can be named: nothing is held" in part(digest, "THANKS TO FIRST-TIMERS")
    assert "is not covered to its end" in part(digest, "HOW FAR TO TRUST THIS")
    chart = digest.text.split("NUMBERS BEHIND THE PICTURES")[1]
    assert re.search(r"15 Jun 2026 +—\n8 Jun 2026 +—\n1 Jun 2026 +11\n", chart)
    assert "2 weeks without data" in digest.html


def test_a_scope_whose_collection_stopped_alone_is_told_by_its_own_newest_numbers(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    tell(made_weeks.Story(stop=date(2026, 6, 1)))
    with writing(engine).begin() as connection:
        connection.execute(update(table("metric_refreshes")).values(facts_until=made_weeks.NOW.date()))
    assert again(engine, made_weeks).headline == (
        "Nothing is held of TensorFlow for the week of 15 Jun 2026: "
        "its newest numbers are of the week of 1 Jun 2026."
    )


def test_a_week_without_a_commit_says_so_and_when_the_last_came(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    tell()
    held = table("metric_values")
    with writing(engine).begin() as connection:
        connection.execute(
            delete(held).where(
                held.c.metric.in_(("commits", "outside_share_of_commits", "new_contributors")),
                held.c.grain == "week",
                held.c.period > made_weeks.WEEK - timedelta(weeks=4),
            )
        )
    assert again(engine, made_weeks).headline == (
        "No commit of TensorFlow is held for the week of 15 Jun 2026: the last are of the week "
        "of 18 May 2026."
    )


def test_small_counts_shares_of_few_and_medians_of_few_leave_no_range_by_chance(
    sqlite_engine: Engine, made_weeks: ModuleType
) -> None:
    weeks = [made_weeks.WEEK - timedelta(weeks=back) for back in range(9)]
    window = Window("week", weeks[0], weeks[0] + timedelta(days=6))

    def left(unit: str, size: int, newest: float, earlier: list[float]) -> bool:
        series = Series(
            dict(zip(weeks, [newest, *earlier], strict=True)),
            dict.fromkeys(weeks, size),
            dict.fromkeys(weeks, True),
        )
        metric = MetricText("made", "innovation", "", "", unit, "up", "", "all", "line", "", "", "", "")
        standing = measure(metric, series, window).standing
        assert standing is not None
        return standing.direction != 0

    assert not left("change requests", 1, 1, [2, 3, 3, 4, 4, 5, 2, 5]), "a count's median may lie between two"
    assert left("change requests", 1, 14, [2, 3, 3, 4, 4, 5, 2, 5])
    assert not left("share of forks", 5, 0.2, [0.0] * 8), "one of five"
    assert left("share of forks", 200, 0.2, [0.0] * 8)
    hours = [5.5, 6.5, 7.25, 5.75, 6.25, 7.5, 6.75, 5.25]
    assert not left("hours", 1, 21.9, hours), "one that took long"
    assert left("hours", 60, 21.9, hours)


def test_what_waits_now_is_told_once_where_several_issues_are_made_at_once(
    sqlite_engine: Engine, made_weeks: ModuleType
) -> None:
    made_weeks.fill(sqlite_engine)
    _crowd(sqlite_engine, made_weeks)
    made_weeks.threads(sqlite_engine)
    settings = made_weeks.Settings(Path("unused"))
    newest = last_over("week", made_weeks.NOW)
    told = [
        preview(
            sqlite_engine,
            settings,
            "project",
            Site(sqlite_engine),
            made_weeks.NOW,
            Due(window, made_weeks.NOW),
        )
        for window in (newest, earlier(newest))
    ]
    assert "#70000" in part(told[0], "NEEDS HELP")
    assert part(told[1], "NEEDS HELP") == "What waits now is told in the issue about the newest period."


def test_rows_without_anything_are_left_out_of_a_table_that_would_hold_little_else(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    tell()
    held = table("metric_values")
    kept = [made_weeks.WEEK - timedelta(weeks=back) for back in (0, 5, 20)]
    with writing(engine).begin() as connection:
        connection.execute(
            delete(held).where(
                held.c.metric.in_(("new_contributors", "time_to_first_response")),
                held.c.grain == "week",
                held.c.period.not_in(kept),
            )
        )
    text = again(engine, made_weeks).text.split("NUMBERS BEHIND THE PICTURES")[1]
    numbers = text.split("How long until somebody answers?")[1]
    assert re.findall(r"^(\d+ \w+ \d{4}) ", numbers, re.M) == ["15 Jun 2026", "11 May 2026", "26 Jan 2026"]
    assert "23 weeks are left out, as nothing is held of them." in numbers
    # Who did not come in a week whose commits are held is nobody.
    newcomers = text.split("Are new people still arriving?")[1].split("What share")[0]
    assert len(re.findall(r"^\d+ \w+ \d{4} +0$", newcomers, re.M)) == 23
    assert "nothing" not in newcomers


def test_a_week_that_is_not_collected_to_its_end_says_so_first(tell: Tell, made_weeks: ModuleType) -> None:
    digest = tell(made_weeks.Story(complete=False, newcomers=41.0))
    assert digest.headline.startswith("The week of 15 Jun 2026 is not collected to its end for TensorFlow; ")
    assert "No number of the week of 15 Jun 2026 is complete yet" in part(digest, "HOW FAR TO TRUST THIS")
    assert "not complete yet" in part(digest, "THE GOALS")
    assert "▲" not in part(digest, "WHAT CHANGED MOST")


def test_what_is_not_collected_to_its_end_names_who_lags_and_since_when(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    tell(made_weeks.Story(complete=False))
    made_weeks.starred(engine, made_weeks.TENSORFLOW, date(2026, 5, 5))
    digest = again(engine, made_weeks)
    assert ": facts of tensorflow/tensorflow reach 5 May 2026; so far it has 250 commits" in digest.headline
    told = part(digest, "HOW FAR TO TRUST THIS")
    assert (
        "Not collected to the end of the week of 15 Jun 2026: tensorflow/tensorflow (its facts end on "
        "5 May 2026)." in told
    )
    alone = again(engine, made_weeks, scope="tensorflow/tensorflow").headline
    assert "for tensorflow/tensorflow: facts reach 5 May 2026; so far" in alone
    for number in range(4):
        made_weeks.joins(engine, f"tensorflow/part-{number}", date(2026, 6, 1 + number))
    made_weeks.joins(engine, "tensorflow/fresh", made_weeks.NOW.date())
    digest = again(engine, made_weeks)
    assert ", and 4 other repositories lag behind; so far" in digest.headline
    assert (
        "5 repositories are not collected to the end of the week of 15 Jun 2026: tensorflow/tensorflow (its "
        "facts end on 5 May 2026), tensorflow/part-0 (its facts end on 1 Jun 2026), tensorflow/part-1 (its "
        "facts end on 2 Jun 2026) and 2 more." in part(digest, "HOW FAR TO TRUST THIS")
    )
    assert "fresh" not in digest.headline


def test_a_complete_week_names_nobody_who_lags(engine: Engine, tell: Tell, made_weeks: ModuleType) -> None:
    tell()
    made_weeks.starred(engine, made_weeks.TENSORFLOW, date(2026, 5, 5))
    assert "facts end on" not in again(engine, made_weeks).text


def test_newcomers_of_unknown_affiliation_are_told_beside_those_that_are_counted(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    made_weeks.fill(engine)
    sunday, monday = made_weeks.WEEK + timedelta(days=6), made_weeks.WEEK + timedelta(days=7)
    for name, day, kind, segment in (
        ("Una Unknown", sunday, "commit", "unknown"),
        ("Uri Unknown", made_weeks.WEEK, "commit", "unknown"),
        ("Late", monday, "commit", "unknown"),
        ("Talker", sunday, "comment", "unknown"),
        ("Known", sunday, "commit", "independent"),
    ):
        made_weeks.works(engine, made_weeks.person(engine, name, None), day, kind, 1, segment)
    old = made_weeks.person(engine, "Old", None)
    made_weeks.works(engine, old, made_weeks.WEEK - timedelta(days=1), "commit", 1, "unknown")
    made_weeks.works(engine, old, sunday, "commit", 1, "unknown")
    goals = part(again(engine, made_weeks), "THE GOALS")
    assert re.search(r"New contributors: 14 people .*? 2 more came whose affiliation is unknown; ", goals)


def test_a_count_of_nothing_is_none_where_the_work_is_held_and_unknown_where_it_is_not(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    tell()
    held = table("metric_values").c
    none = (made_weeks.WEEK - timedelta(weeks=1), made_weeks.WEEK - timedelta(weeks=52))
    with writing(engine).begin() as connection:
        connection.execute(
            delete(table("metric_values")).where(
                held.metric.in_(("new_contributors", "time_to_first_response")),
                held.grain == "week",
                held.period.in_(none),
            )
        )
    goals = part(again(engine, made_weeks), "THE GOALS")
    newcomers = goals.split("New contributors:")[1].split("*")[0]
    assert "— none in the week before, nor in the same week a year ago" in newcomers
    answers = goals.split("Time to a first answer:")[1].split("*")[0]
    assert "neither the week before nor the same week a year ago has a value" in answers
    with writing(engine).begin() as connection:
        connection.execute(
            delete(table("metric_values")).where(
                held.metric.in_(("new_contributors", "time_to_first_response")),
                held.grain == "week",
                held.period == made_weeks.WEEK,
            )
        )
    goals = part(again(engine, made_weeks), "THE GOALS")
    assert re.search(r"None in the week of 15 Jun 2026: new contributors \(last \d+ people, week of", goals)
    assert "No value for the week of 15 Jun 2026: time to a first answer (last" in goals


def test_a_scope_without_commits_or_people_is_told_by_the_numbers_that_it_has(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    names = [name for name, *_ in made_weeks.METRICS if name not in ("stars", "release_cadence")]
    digest = tell(made_weeks.Story(without=names))
    assert re.search(r": Releases at 1 and stars at 1\d\d,\d{3}\.$", digest.headline, re.I), digest.headline


def test_what_is_drawn_beside_others_is_not_told_twice(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    tell(made_weeks.Story(commits={"steward": 900.0}))
    held, defined = table("metric_values"), table("metric_definitions")
    with writing(engine).begin() as connection:
        for rows, own in ((held, held.c.segment == "all"), (defined, defined.c.metric != "")):
            found = connection.execute(select(rows).where(rows.c.metric == "commits", own)).mappings().all()
            beside = [{**row, "metric": "commits_beside_platforms"} for row in found]
            if rows is defined:
                beside = [{**row, "segments": ""} for row in beside]
            upsert(connection, rows, beside)
    told = part(again(engine, made_weeks), "WHAT CHANGED MOST")
    assert told.count("above the") == 1, told


def test_without_enough_earlier_weeks_nothing_is_called_usual_or_unusual(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    tell(made_weeks.Story(newcomers=41.0))
    held = table("metric_values")
    with writing(engine).begin() as connection:
        connection.execute(
            delete(held).where(held.c.grain == "week", held.c.period < made_weeks.WEEK - timedelta(weeks=5))
        )
    digest = again(engine, made_weeks)
    assert digest.headline.endswith("too little history is held to say what is usual.")
    assert "Nothing can be told" in part(digest, "WHAT CHANGED MOST")
    assert "on the same week a year ago: not held" in part(digest, "THE GOALS")


def test_its_numbers_are_those_of_metric_values(engine: Engine, tell: Tell, made_weeks: ModuleType) -> None:
    goals = part(tell(), "THE GOALS")
    held, defined = table("metric_values"), table("metric_definitions")
    shown = 0
    with engine.connect() as connection:
        definitions = connection.execute(select(defined.c.metric, defined.c.unit, defined.c.headline)).all()
        for metric, unit, segment in definitions:
            if metric in ("affiliation_coverage", "joined_the_steward"):
                continue
            weeks = (
                made_weeks.WEEK,
                made_weeks.WEEK - timedelta(weeks=1),
                made_weeks.WEEK - timedelta(weeks=52),
            )
            now, before, year = (
                connection.execute(
                    select(held.c.value).where(
                        held.c.metric == metric,
                        held.c.scope_id == made_weeks.PROJECT,
                        held.c.grain == "week",
                        held.c.period == week,
                        held.c.segment == segment,
                    )
                ).scalar_one()
                for week in weeks
            )
            line = goals.split(f"* {noun_of(metric)}:", 1)[1]
            told = re.match(r" (\S+) .*?before \((.*?)\).*?ago \((.*?)\)", line)
            assert told is not None, metric
            assert told.groups() == tuple(wording.amount(value, unit) for value in (now, before, year))
            percent = re.match(r" \S+ .*?([+−±][\d.]+)(%| points| on)", line)
            assert percent is not None
            moved = {
                " points": (now - before) * 100,
                "%": (now / before - 1) * 100,
                " on": now - before,
            }[percent[2]]
            assert percent[2] != "%" or max(now, before) > 20 or not now.is_integer(), "a per cent of few"
            sign = -1 if percent[1][0] == "−" else 1
            assert sign * float(percent[1][1:]) == pytest.approx(moved, abs=0.51)
            shown += 1
    assert shown == 7


def test_the_text_twin_has_the_same_numbers_as_the_html(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    made_weeks.fill(engine)
    _crowd(engine, made_weeks)
    digest = again(engine, made_weeks, targets={"outside_share_of_commits": 0.35, "commits": 14_000})
    text = re.sub(r"^\s*https://\S+$", "", digest.text, flags=re.M)
    seen = Reading(digest.html).text
    assert len(NUMBER.findall(seen)) > 200
    assert sorted(NUMBER.findall(text)) == sorted(NUMBER.findall(seen))


def test_the_text_twin_keeps_to_72_columns_apart_from_addresses(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    made_weeks.fill(engine)
    _crowd(engine, made_weeks)
    digest = again(engine, made_weeks)
    wide = [line for line in digest.text.splitlines() if len(line) > 72 and "https://" not in line]
    assert wide == []


def test_the_html_loads_nothing_and_every_picture_has_words_and_a_table(tell: Tell) -> None:
    digest = tell()
    tags = Reading(digest.html).tags
    assert not [tag for tag, _ in tags if tag in ("script", "link", "iframe", "object", "form")]
    pictures = [attributes for tag, attributes in tags if tag == "img"]
    assert len(pictures) == 4
    for attributes in pictures:
        source = attributes["src"] or ""
        assert source.startswith("data:image/png;base64,")
        assert base64.b64decode(source.split(",")[1]).startswith(b"\x89PNG")
        assert re.search(r"newest .*lowest .*highest ", attributes["alt"] or "")
    assert sum(tag == "thead" for tag, _ in tags) == 4
    assert "max-width:640px" in digest.html
    assert len(digest.html) < 102_000  # beyond it a well-known mail service cuts the mail off


def test_simulated_data_is_called_so_at_the_top_and_in_the_headline_and_links_nowhere(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    made_weeks.fill(engine, made_weeks.Story(simulated=True))
    _crowd(engine, made_weeks)
    digest = again(engine, made_weeks)
    assert digest.simulated
    assert digest.headline.startswith("Simulated data: The week")
    assert digest.text.startswith("SIMULATED DATA")
    assert Reading(digest.html).text.startswith("Simulated data")
    assert "https://github.com" not in digest.html + digest.text


def test_hostile_titles_and_names_are_words_and_never_markup(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    made_weeks.fill(engine)
    _crowd(engine, made_weeks)
    with writing(engine).begin() as connection:
        for name in ("title", "meaning", "unit"):
            connection.execute(
                update(table("metric_definitions"))
                .where(table("metric_definitions").c.metric == "stars")
                .values({name: "<img src=x onerror=alert(1)> $\\frac{1}{2}$"})
            )
        connection.execute(
            update(table("metric_values"))
            .where(table("metric_values").c.segment == "independent")
            .values(segment="<i>Évil</i> $x^{2$ 漢字")
        )
    digest = again(engine, made_weeks)
    reading = Reading(digest.html)
    assert not [tag for tag, _ in reading.tags if tag in ("script", "b", "i")]
    assert all(a["src"].startswith("data:") for tag, a in reading.tags if tag == "img" and a["src"])
    assert "<script>alert('hi')</script> **bold** [link](javascript:alert(1))" in reading.text
    assert "<b>Mallory</b> & *Sons*" in reading.text
    assert "\u202e" not in digest.html + digest.text
    addresses = [attributes["href"] or "" for tag, attributes in reading.tags if tag == "a"]
    assert addresses
    assert all(address.startswith("https://github.com/") for address in addresses)
    assert digest.text.splitlines().count("NEEDS HELP") == 1


def test_first_timers_are_humans_outside_the_steward_who_were_never_here_or_never_committed_before(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    made_weeks.fill(engine)
    day, earlier = made_weeks.WEEK + timedelta(days=6), made_weeks.WEEK - timedelta(days=1)
    new = made_weeks.person(engine, "Nia Newcomer", "nia")
    made_weeks.works(engine, new, day, "commit", 2)
    made_weeks.works(engine, new, day, "review", 1)
    unsure = made_weeks.person(engine, "Una Unsure", None)
    made_weeks.works(engine, unsure, made_weeks.WEEK, "issue", 1, "unknown")
    elsewhere = made_weeks.person(engine, "Eli Elsewhere", "eli")
    made_weeks.works(engine, elsewhere, earlier, repository_id=made_weeks.OTHER)
    made_weeks.works(engine, elsewhere, day, "pull_request", 1, "organization")
    for name, kind, segment in (
        ("Old Hand", "human", "independent"),
        ("Greta Google", "human", "steward"),
        ("Robo", "bot", "bot"),
        ("Copybara", "proxy", "steward"),
    ):
        who = made_weeks.person(engine, name, name.split()[0].lower(), kind)
        made_weeks.works(engine, who, day, segment=segment, person_kind=kind)
        if name == "Old Hand":
            made_weeks.works(engine, who, earlier, "commit")
    talked = made_weeks.person(engine, "Tara Talked", "tara")
    made_weeks.works(engine, talked, earlier, "comment")
    made_weeks.works(engine, talked, day, "commit")
    still = made_weeks.person(engine, "Sam Still", "sam")
    made_weeks.works(engine, still, earlier, "comment")
    made_weeks.works(engine, still, day, "comment", 9)
    late = made_weeks.person(engine, "Next Week", "next")
    made_weeks.works(engine, late, day + timedelta(days=1))
    digest = again(engine, made_weeks)
    assert part(digest, "THANKS TO FIRST-TIMERS") == (
        "* Nia Newcomer (2 commits, 1 review) https://github.com/nia "
        "* Eli Elsewhere (1 pull request) https://github.com/eli "
        "* Tara Talked (1 commit; the first commit here) https://github.com/tara "
        "* Una Unsure (1 issue; affiliation unknown) "
        "First-timers are people not known to act for Google who worked here for the first time, or made "
        "their first commit here."
    )


def test_many_first_timers_are_named_up_to_forty_and_the_rest_is_counted(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    made_weeks.fill(engine)
    for number in range(43):
        who = made_weeks.person(engine, f"Person {number}", f"p{number}")
        made_weeks.works(engine, who, made_weeks.WEEK)
    thanks = part(again(engine, made_weeks), "THANKS TO FIRST-TIMERS")
    assert thanks.count("https://github.com/p") == 40
    assert "* and 3 more" in thanks


def test_what_needs_help_is_the_unanswered_queue_from_14_days_on(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    made_weeks.fill(engine)
    asker = made_weeks.person(engine, "Asker", "asker")
    twin = stable_id("the asker's address")
    with writing(engine).begin() as connection:
        upsert(
            connection,
            table("identities"),
            [{"identity_id": twin, "kind": "email", "person_id": asker, "account_type": None}],
        )
    helper = made_weeks.person(engine, "Helper", "helper")
    bot = made_weeks.person(engine, "Stale bot", "stale", "bot", "Bot")
    waits = {1: 100.0, 2: 90.0, 3: 80.0, 4: 70.0, 5: 14.01}
    for number, days in waits.items():
        made_weeks.opens(engine, number, asker, days, what="pull_requests" if number == 4 else "issues")
    made_weeks.answers(engine, 2, bot, 1)
    made_weeks.answers(engine, 3, asker, 1)
    made_weeks.answers(engine, 3, twin, 2)
    made_weeks.answers(engine, 4, bot, 1, review=True)
    answered = {11: helper, 14: helper}
    for number, who in answered.items():
        made_weeks.opens(engine, number, asker, 200, what="pull_requests" if number == 14 else "issues")
        made_weeks.answers(engine, number, who, 1, review=number == 14)
    made_weeks.opens(engine, 21, asker, 200, state="closed")
    made_weeks.opens(engine, 22, asker, 12.9)
    made_weeks.opens(engine, 23, bot, 200)
    made_weeks.opens(engine, 24, asker, 200, repository_id=made_weeks.OTHER)
    made_weeks.opens(engine, 25, asker, 200, comments=2)  # GitHub counts two that are not held
    made_weeks.opens(engine, 26, asker, 200, what="pull_requests", reviews=1)
    needs = part(again(engine, made_weeks), "NEEDS HELP")
    listed = re.findall(r"tensorflow/tensorflow#(\d+), (issue|pull request), (\d+) days", needs)
    assert listed == [
        ("5", "issue", "14"),
        ("4", "pull request", "70"),
        ("3", "issue", "80"),
        ("2", "issue", "90"),
        ("1", "issue", "100"),
    ]
    assert "https://github.com/tensorflow/tensorflow/pull/4" in needs
    assert needs.startswith(
        "7 issues and pull requests have been without an answer by a human for 14 days or more, 1 of them "
        "newly so in the last 7 days; 2 of them may have one, as not all of what was said is collected. "
        "The newest 5 of those that surely have none:"
    )
    assert "other/one" not in needs
    with engine.connect() as connection:
        values = {"scope": made_weeks.PROJECT, "today": made_weeks.NOW.date()}
        source = open_threads.unanswered(connection, values)
        listed_there = read_list(connection, open_threads.UNANSWERED, source, ALL).rows
    queue = {row["number"] for row in listed_there if row["age"] >= 14}
    assert queue == {1, 2, 3, 4, 5, 25, 26}


@pytest.mark.parametrize(
    ("opened", "told", "named"),
    [
        (0, ", none of them newly so in the last 7 days. The newest 5 of them:", 5),
        (1, ", 1 of them newly so in the last 7 days. The newest 5 of them:", 5),
        (7, ", 7 of them newly so in the last 7 days. The newest 7 of them:", 7),
        (12, ", 12 of them newly so in the last 7 days. The newest 10 of them:", 10),
    ],
)
def test_those_that_came_since_the_last_issue_are_named_and_a_few_of_the_others(
    sqlite_engine: Engine, made_weeks: ModuleType, opened: int, told: str, named: int
) -> None:
    made_weeks.fill(sqlite_engine)
    _crowd(sqlite_engine, made_weeks, since=22)
    asker = made_weeks.person(sqlite_engine, "Asker", "asker")
    for step in range(opened):
        made_weeks.opens(sqlite_engine, 80_000 + step, asker, 15 + step % 6)
    made_weeks.opens(sqlite_engine, 90_000, asker, 13)  # has not waited long enough
    needs = part(again(sqlite_engine, made_weeks), "NEEDS HELP")
    days = [int(found) for found in re.findall(r", (\d+) days", needs)][-named:]
    assert needs.startswith(
        f"{14 + opened} issues and pull requests have been without an answer by a human for 14 days or more"
        f"{told}"
    )
    assert len(re.findall(r"tensorflow/tensorflow#\d+", needs)) == named
    assert days == sorted(days)


def test_benchmark_news_are_those_of_the_week_and_without_any_nothing_is_claimed(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    made_weeks.fill(engine)
    silent = part(again(engine, made_weeks), "BENCHMARK NEWS")
    assert silent == "No benchmark result is held, so nothing is claimed."
    old = datetime(2026, 6, 1, tzinfo=UTC)
    made_weeks.measured(engine, 3.5, old, old)
    before = part(again(engine, made_weeks), "BENCHMARK NEWS")
    assert before.startswith(
        "No result was measured or read in the week of 15 Jun 2026; the newest is of 1 Jun 2026."
    )
    made_weeks.measured(engine, 2.5, datetime(2026, 6, 21, 23, 59, tzinfo=UTC), made_weeks.NOW)
    made_weeks.measured(engine, 2.25, datetime(2026, 6, 22, 0, 0, tzinfo=UTC), made_weeks.NOW)
    news = part(again(engine, made_weeks), "BENCHMARK NEWS")
    assert news.startswith("1 result measured or first read in the week of 15 Jun 2026:")
    assert "2.5 minutes on 4,096 × TPU v4 with TensorFlow (measured 21 Jun 2026; lower is better)" in news


def test_caveats_name_stale_and_failed_sources_and_the_coverage(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    made_weeks.fill(engine)
    none = part(again(engine, made_weeks), "HOW FAR TO TRUST THIS")
    assert "No run of the collectors is on record" in none
    made_weeks.runs(engine, "commits", "done", 3)
    fresh = part(again(engine, made_weeks), "HOW FAR TO TRUST THIS")
    assert "The only source is fresh: it succeeded 3 hours ago." in fresh
    made_weeks.runs(engine, "issues", "failed", 4, "GitHub answered 502\nfive times")
    made_weeks.runs(engine, "releases", "done", 24 * 9)
    told = part(again(engine, made_weeks), "HOW FAR TO TRUST THIS")
    assert "issues of tensorflow/tensorflow failed (GitHub answered 502 five times)" in told
    assert "releases of tensorflow/tensorflow stale (last success 9 days ago)" in told
    assert "Commits whose affiliation is known: 97.5% of commits; the rest is counted as unknown." in told
    assert "Numbers were computed 55 minutes ago from facts up to 22 Jun 2026." in told


def test_empty_parts_say_so(engine: Engine, tell: Tell, made_weeks: ModuleType) -> None:
    digest = tell()
    assert part(digest, "THANKS TO FIRST-TIMERS").startswith("Nobody contributed for the first time")
    assert part(digest, "NEEDS HELP").startswith(
        "No issue or pull request is held, so that it cannot be told"
    )
    made_weeks.opens(engine, 1, None, 100, state="closed")
    assert part(again(engine, made_weeks), "NEEDS HELP").startswith("Nothing waits")
    assert "None in the year up to the week of 15 Jun 2026: people who joined the steward." in part(
        digest, "THE GOALS"
    )


def test_a_goal_without_metrics_says_so(engine: Engine, tell: Tell, made_weeks: ModuleType) -> None:
    tell()
    with writing(engine).begin() as connection:
        for name in ("metric_values", "metric_definitions"):
            held = table(name)
            connection.execute(delete(held).where(held.c.metric == "release_cadence"))
    digest = again(engine, made_weeks)
    assert "None of its metrics has been computed yet." in part(digest, "THE GOALS")


def test_targets_are_held_against_shares_as_they_are_and_against_counts_by_the_year(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    tell()
    commits = table("metric_values")
    with engine.connect() as connection:
        year = connection.execute(
            select(commits.c.value).where(
                commits.c.metric == "commits",
                commits.c.scope_id == made_weeks.PROJECT,
                commits.c.grain == "year",
                commits.c.period == date(2025, 1, 1),
                commits.c.segment == "all",
            )
        ).scalar_one()

    def told(**targets: float) -> str:
        return part(again(engine, made_weeks, targets=targets), "THE GOALS")

    assert "target 25%: reached" in told(outside_share_of_commits=0.25)
    assert "target 35%: not reached (−4.9 points)" in told(outside_share_of_commits=0.35)
    assert f"target {year:,.0f} a year: reached in 2025 ({year:,.0f})" in told(commits=year)
    assert f"a year: not reached in 2025 ({year:,.0f})" in told(commits=year + 1)
    assert "target 1 day: not reached" in told(time_to_first_response=1.0)
    assert "target 2 days: reached" in told(time_to_first_response=2.0)


def test_a_monthly_report_is_about_the_last_month_that_is_over(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    digest = tell(period="month")
    assert (digest.period, digest.period_end) == (date(2026, 5, 1), date(2026, 5, 31))
    assert "May 2026 was a usual month for TensorFlow" in digest.headline


@pytest.mark.parametrize(
    ("now", "monday"),
    [
        (datetime(2026, 6, 21, 23, 59, tzinfo=UTC), date(2026, 6, 8)),
        (datetime(2026, 6, 22, 0, 0, tzinfo=UTC), date(2026, 6, 15)),
        (datetime.fromisoformat("2026-06-22T01:00+02:00"), date(2026, 6, 8)),
        (datetime(2027, 1, 1, 12, 0, tzinfo=UTC), date(2026, 12, 21)),
    ],
)
def test_the_last_week_is_over_at_midnight_from_sunday_in_utc(
    sqlite_engine: Engine, made_weeks: ModuleType, now: datetime, monday: date
) -> None:
    made_weeks.fill(sqlite_engine)
    assert again(sqlite_engine, made_weeks, now=now).period == monday


def test_a_repository_is_called_by_its_name(tell: Tell) -> None:
    digest = tell(scope="tensorflow/tensorflow")
    assert "a usual one for tensorflow/tensorflow" in digest.headline


def test_a_scope_or_period_that_does_not_exist_is_named(
    sqlite_engine: Engine, made_weeks: ModuleType
) -> None:
    made_weeks.fill(sqlite_engine)
    with pytest.raises(DatabaseError, match="tensorflow/tensrflow"):
        again(sqlite_engine, made_weeks, scope="tensorflow/tensrflow")
    with pytest.raises(DatabaseError, match="'quarter'"):
        again(sqlite_engine, made_weeks, period="quarter")


def test_with_an_empty_catalogue_every_part_says_that_there_is_nothing(
    sqlite_engine: Engine, made_weeks: ModuleType
) -> None:
    with writing(sqlite_engine).begin() as connection:
        upsert(
            connection,
            table("scopes"),
            [made_weeks.scope(made_weeks.PROJECT, "project", "project", "TensorFlow")],
        )
    digest = again(sqlite_engine, made_weeks)
    assert digest.headline == "Nothing is held of TensorFlow for the week of 15 Jun 2026."
    assert "no refresh is on record" in part(digest, "HOW FAR TO TRUST THIS")
    assert "<img" not in digest.html


def _crowd(engine: Engine, made_weeks: ModuleType, since: int = 15) -> None:
    """First-timers, one with a hostile name, and fourteen that wait, one with a hostile title."""
    for name, login, kind, quantity in (
        ("Ada Okafor", "ada-o", "commit", 3),
        ("Jo Lindqvist", None, "issue", 1),
        (made_weeks.HOSTILE_NAME, "mallory/../x?<", "comment", 9),
    ):
        who = made_weeks.person(engine, name, login)
        made_weeks.works(engine, who, made_weeks.WEEK + timedelta(days=2), kind, quantity)
    asker = made_weeks.person(engine, "Asker", "asker")
    for step in range(14):
        made_weeks.opens(
            engine,
            70_000 + step,
            asker,
            since + step * 23,
            what="pull_requests" if step % 3 else "issues",
            title=made_weeks.HOSTILE_TITLE if step == 3 else None,
        )
    made_weeks.measured(engine, 2.5, made_weeks.NOW - timedelta(days=3), made_weeks.NOW)
    made_weeks.runs(engine, "issues", "failed", 4, "GitHub answered 502 <b>five</b> times")


def test_the_story_of_a_week_is_not_that_of_the_week_before(
    engine: Engine, tell: Tell, made_weeks: ModuleType
) -> None:
    tell(made_weeks.Story(newcomers=41.0))
    later = replace(made_weeks.Settings(Path("unused")))
    digest = preview(engine, later, "project", Site(engine), made_weeks.NOW - timedelta(days=7))
    assert "41" not in digest.headline
