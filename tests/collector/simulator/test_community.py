import collections
from datetime import UTC, date, datetime

import numpy as np
import pytest
import requests

from collector.simulator.clock import frozen, horizon, iso, seconds
from collector.simulator.community import Community, node_id, read_node_id
from collector.simulator.curves import Curve, moments
from collector.simulator.organizations import ORGANIZATIONS
from collector.simulator.server import Simulator

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ASKED = (
    "/repos/tensorflow/tensorflow",
    "/repos/tensorflow/tensorflow/issues?state=all&per_page=100",
    "/repos/tensorflow/tensorflow/issues/comments?per_page=100",
    "/repos/tensorflow/tensorflow/commits",
    "/repos/tensorflow/tensorflow/stargazers/history",
    "/repos/keras-team/keras/pulls?state=all",
    "/search/repositories?q=topic:tensorflow&per_page=50",
)


@pytest.fixture(scope="module")
def community() -> Community:
    return Community(scale=0.02, seed=5, clock=frozen(NOW))


def answers(**choices: object) -> list[bytes]:
    with Simulator(now=NOW, **choices) as github, requests.Session() as session:  # type: ignore[arg-type]
        session.headers["Authorization"] = "token a"
        return [
            session.get(github.url + path, timeout=30).content.replace(github.url.encode(), b"")
            for path in ASKED
        ]


def test_the_same_seed_scale_and_now_give_the_same_bytes() -> None:
    assert answers(seed=3, scale=0.003) == answers(seed=3, scale=0.003)


def test_another_seed_gives_another_community() -> None:
    assert answers(seed=3, scale=0.003)[1] != answers(seed=4, scale=0.003)[1]


def test_a_later_now_shows_the_same_past() -> None:
    earlier = Community(scale=0.005, seed=5, clock=frozen(datetime(2020, 1, 1, tzinfo=UTC)))
    later = Community(scale=0.005, seed=5, clock=frozen(datetime(2026, 1, 1, tzinfo=UTC)))
    shown = []
    for each in (earlier, later):
        repository = each.repository("tensorflow/tensorflow")
        assert repository is not None
        snapshot = each.snapshot(repository)
        shown.append((snapshot.shown, repository.items.created[: earlier.snapshot(repository).shown]))
    assert shown[0][0] < shown[1][0]
    assert np.array_equal(shown[0][1], shown[1][1])
    assert horizon(seconds(date(2020, 1, 1))) == horizon(seconds(date(2026, 1, 1)))


def test_a_curve_gives_each_year_its_amount() -> None:
    curve = Curve(date(2016, 1, 1), {2016: 1000.0, 2017: 1000.0, 2018: 1000.0})
    times = moments(np.random.default_rng(1), curve, 1.0, seconds(date(2019, 1, 1)))
    years = collections.Counter(iso(int(second))[:4] for second in times)
    for year in ("2016", "2017", "2018"):
        assert years[year] == pytest.approx(1000, rel=0.05)


def test_weekends_are_quieter(community: Community) -> None:
    repository = community.repository("tensorflow/tensorflow")
    assert repository is not None
    weekdays = np.bincount((repository.items.created // 86_400 + 3) % 7, minlength=7)
    assert weekdays[5:].max() < weekdays[:5].min()


def test_the_launch_of_one_point_zero_shows_in_the_stars(community: Community) -> None:
    repository = community.repository("tensorflow/tensorflow")
    assert repository is not None
    first, days = repository.star_days(community.clock())
    launch = seconds(date(2017, 2, 15)) // 86_400 - first
    assert days[launch : launch + 3].sum() > 2 * days[launch - 10 : launch - 7].sum()


def test_few_people_do_most(community: Community) -> None:
    repository = community.repository("tensorflow/tensorflow")
    assert repository is not None
    authors = repository.items.author[~repository.items.is_pull]
    counts = np.sort(np.unique(authors, return_counts=True)[1])[::-1]
    assert (counts == 1).mean() > 0.4
    assert counts[: counts.size // 10].sum() > 0.25 * counts.sum()


def test_bots_answer_within_a_minute_and_people_do_not(community: Community) -> None:
    repository = community.repository("tensorflow/tensorflow")
    assert repository is not None
    comments, items, humans = repository.comments, repository.items, community.population.humans
    first = np.concatenate([[True], comments.item[1:] != comments.item[:-1]])
    delay = comments.created - items.created[comments.item]
    bots = first & (comments.author == community.population.bot("googlebot"))
    assert bots.sum() > 50
    assert np.median(delay[bots]) < 60
    people = first & (comments.author < humans)
    assert np.median(delay[people]) > 3 * 3600


def test_some_issues_stay_unanswered(community: Community) -> None:
    repository = community.repository("tensorflow/tensorflow")
    assert repository is not None
    issues = set(np.where(~repository.items.is_pull)[0].tolist())
    humans = repository.comments.author < community.population.humans
    answered = set(repository.comments.item[humans].tolist())
    assert 0.05 < len(issues - answered) / len(issues) < 0.3


def test_nothing_happens_before_its_cause(community: Community) -> None:
    for name in ("tensorflow/tensorflow", "keras-team/keras", "tensorflow/serving"):
        repository = community.repository(name)
        assert repository is not None
        items, comments, reviews, commits = (
            repository.items, repository.comments, repository.reviews, repository.commits,
        )  # fmt: skip
        assert (items.closed > items.created).all()
        assert (items.reopened >= items.shut).all()
        assert (items.closed >= np.where(items.reopened < 2**62, items.reopened, 0)).all()
        assert (comments.created >= items.created[comments.item]).all()
        assert (reviews.submitted >= items.created[reviews.item]).all()
        assert items.is_pull[reviews.item].all()
        assert (np.diff(commits.visible) >= 0).all()
        landing = repository.landing
        assert (commits.visible[landing[items.lands]] == items.closed[items.lands]).all()


def test_students_join_google_and_their_addresses_show_it(community: Community) -> None:
    repository = community.repository("tensorflow/tensorflow")
    assert repository is not None
    people = community.population.people
    written: dict[int, list[str]] = collections.defaultdict(list)
    for author, when in zip(
        repository.commits.author.tolist(), repository.commits.visible.tolist(), strict=True
    ):
        if author >= 0:
            written[author].append(people[author].email_at(when).partition("@")[2])
    academic = {each.domains[0] for each in ORGANIZATIONS if each.kind == "university"}
    assert any(row[0] in academic and row[-1] == "google.com" for row in written.values())


def test_no_two_people_share_a_login_or_a_number(community: Community) -> None:
    people = community.population.people
    assert len({person.login.lower() for person in people}) == len(people)
    assert len({person.identity for person in people}) == len(people)


def test_use_cases_reach_over_every_domain_and_cloud(community: Community) -> None:
    columns = community.use_cases
    assert len(set(columns.domain.tolist())) == 13
    assert set(columns.cloud.tolist()) == {0, 1, 2, 3}
    assert (columns.cloud == 3).mean() > 0.6
    assert np.median(columns.stars) < 5 < columns.stars.max()


def test_what_is_forgotten_comes_out_the_same(community: Community) -> None:
    repository = community.repositories[-40]
    before = (repository.commits.visible.tolist(), repository.items.created.tolist())
    repository.forget()
    assert (repository.commits.visible.tolist(), repository.items.created.tolist()) == before


def test_a_global_id_reads_back() -> None:
    assert read_node_id(node_id("PR", 123_456_789)) == ("PR", 123_456_789)
    assert read_node_id("U_kgDOADP9xw") == ("U", 3407303)
    assert read_node_id("MDQ6VXNlcjM0MDczMDM=") == ("U", 3407303), "the older form of an account's"
    for text in ("", "PR", "PR_", "PR_!!", "U_kgAAAA", "MDQ6VXNlcg=="):
        assert read_node_id(text) is None


def test_a_scale_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="scale"):
        Community(scale=0, seed=1, clock=frozen(NOW))
