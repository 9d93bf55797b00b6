# ruff: noqa: E501 (a fact stands on few lines, as in a table)
"""Two identities become one person by evidence alone; a number decides, a login that was reused does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.people.decisions import Decision
from db.people.merging import ACCOUNT, HAND, PULL_REQUEST, Link, grouped
from db.people.seen import Seen

OLD = "ann@users.noreply.github.com"


def test_the_old_noreply_form_belongs_to_the_only_account_that_had_the_login(world: Any) -> None:
    account, address = world.account(7, "ann"), world.address(OLD)
    world.refresh()
    assert world.together(account, address)
    assert world.reason(address) == "noreply address of the login ann"


def test_the_old_noreply_form_of_a_login_that_was_reused_joins_nobody(world: Any) -> None:
    first = world.account(7, "ann")
    world.refresh()
    # Account 7 takes another login, and account 8 takes the one that became free.
    world.account(7, "ann-lee")
    second, address = world.account(8, "ann"), world.address(OLD)
    world.refresh()
    assert not world.together(first, address)
    assert not world.together(second, address)
    assert not world.together(first, second)
    told = world.rows("SELECT reason FROM people_suggestions")
    assert [row[0] for row in told] == ["noreply address of a login that 7 and 8 have had"]


def test_a_former_login_is_known_from_a_newer_noreply_address_too(world: Any) -> None:
    owner = world.account(7, "ann-lee")
    world.address("7+ann@users.noreply.github.com")
    old = world.address(OLD)
    world.refresh()
    assert world.together(owner, old)
    other = world.account(8, "ann")
    world.refresh()
    assert not world.together(owner, old)
    assert not world.together(other, old)


@pytest.mark.parametrize(
    ("number", "made", "joined"),
    [
        (7, None, True),
        (31_000_001, None, False),
        (7, "2017-08-01", False),
        (31_000_001, "2015-01-01", True),
        (7, "2016-06-01", False),
    ],
)
def test_an_account_that_is_younger_than_the_old_form_or_the_act_never_had_it(
    sqlite_world: Any, number: int, made: str | None, joined: bool
) -> None:
    world = sqlite_world
    known = {"account_created_at": world.at(made)} if made else {}
    account, address = world.account(number, "ann", **known), world.address(OLD, first="2016-01-01")
    world.refresh()
    assert world.together(account, address) is joined


def test_an_address_that_a_profile_gives_belongs_to_the_account(world: Any) -> None:
    address = world.address("ann@gmail.com")
    hashed = world.rows("SELECT address_hash FROM identities WHERE kind = 'email'")[0][0]
    account = world.account(7, "ann", address_hash=hashed)
    world.refresh()
    assert world.together(account, address)
    assert "profile" in world.reason(address)


def confirmed(world: Any, address: int, account: int | None) -> None:
    world.write(
        "address_accounts",
        {"identity_id": address, "github_user_id": account, "repository_id": 1, "sha": "abcdef01", "asked_at": world.at("2024-01-01")},
    )  # fmt: skip


def test_an_address_belongs_to_the_account_that_has_confirmed_it_whatever_landings_say(world: Any) -> None:
    ann, ben = world.account(7, "ann"), world.account(8, "ben", name="Ann Lee")
    home, work, other = (world.address(f"{each}@gmail.com") for each in ("home", "work", "other"))
    world.landed(1, ben, home, squash=True)
    confirmed(world, home, 7)
    confirmed(world, work, 7)
    confirmed(world, other, None)
    world.refresh()
    assert world.together(ann, home, work)
    assert not world.together(ann, other)
    assert not world.together(ben, home)
    assert world.reason(work) == "the account has confirmed the address, as GitHub says of commit abcdef0"


def test_an_address_that_a_hand_told_apart_stays_apart_though_the_account_has_confirmed_it(
    sqlite_world: Any,
) -> None:
    world = sqlite_world
    ann, home = world.account(7, "ann"), world.address("home@gmail.com")
    confirmed(world, home, 7)
    (hashed,) = world.rows(f"SELECT address_hash FROM identities WHERE identity_id = {home}")[0]
    world.decide(Decision("apart", "github:7", f"email:{hashed}", "two people", world.at("2024-01-01")))
    world.refresh()
    assert not world.together(ann, home)


def test_a_squashed_pull_request_tells_whose_the_address_is(world: Any) -> None:
    account, address = world.account(7, "ann"), world.address("ann@gmail.com")
    world.landed(1, account, address, squash=True)
    world.refresh()
    assert world.together(account, address)
    assert world.reason(address) == "author of 1 of 1 pull requests that this address landed"


def test_one_imported_pull_request_is_a_suggestion_unless_the_name_agrees(world: Any) -> None:
    ann, ben = world.account(7, "ann", name="Ann Lee"), world.account(8, "ben")
    hers, his = world.address("ann@gmail.com", "Ann Lee"), world.address("ben@gmail.com", "Somebody")
    world.landed(1, ann, hers)
    world.landed(2, ben, his)
    world.refresh()
    assert world.together(ann, hers)
    assert not world.together(ben, his)
    assert len(world.rows("SELECT 1 FROM people_suggestions")) == 1
    world.landed(3, ben, his)
    world.landed(4, ben, his)
    world.refresh()
    assert world.together(ben, his)
    assert world.rows("SELECT 1 FROM people_suggestions") == []


@pytest.mark.parametrize("who", ["gardener@tensorflow.org", "ann@google.com", "dependabot[bot]"])
def test_who_imports_merges_or_exports_the_work_of_others_is_none_of_them(world: Any, who: str) -> None:
    outsiders = [world.account(10 + place, f"outsider{place}") for place in range(3)]
    if who == "dependabot[bot]":
        importer = world.address("49+dependabot[bot]@users.noreply.github.com", who)
    else:
        importer = world.address(who, "Importer")
    for place, outsider in enumerate(outsiders):
        world.landed(1 + place, outsider, importer)
    world.refresh()
    assert not any(world.together(importer, outsider) for outsider in outsiders)


def test_what_a_bot_opened_for_people_hides_nobodys_own_pull_requests(world: Any) -> None:
    bot = world.account(5, "copybara-service[bot]", kind="Bot")
    ann, hers = world.account(7, "ann", name="Ann Lee"), world.address("ann@private.example", "Ann Lee")
    ben, his = world.account(8, "ben", name="Ben Ray"), world.address("ben@private.example", "Ben Ray")
    for number in range(1, 10):
        world.landed(number, bot, hers)
        world.landed(100 + number, bot, his)
    world.landed(10, ann, hers)
    world.refresh()
    assert world.together(ann, hers)
    assert world.reason(hers) == "author of 1 of 1 pull requests that this address landed"
    assert not world.together(ben, his)
    assert not world.together(bot, hers)


def test_somebody_at_the_steward_who_imports_one_outsider_is_not_that_outsider(world: Any) -> None:
    outsider, importer = world.account(10, "outsider"), world.address("ann@google.com", "Ann Lee")
    for number in range(1, 6):
        world.landed(number, outsider, importer)
    world.refresh()
    assert not world.together(outsider, importer)
    assert len(world.rows("SELECT 1 FROM people_suggestions")) == 1


def test_a_merge_is_the_mergers_and_says_nothing_of_the_author(world: Any) -> None:
    account, merger = world.account(7, "ann"), world.address("ben@gmail.com", "Ben")
    for number in range(1, 5):
        sha = f"{number:040x}"
        world.pull_request(number, account, commit=sha)
        world.commit(sha, merger, f"Merge pull request #{number} from ann/change", parents=2, number=number)
    world.refresh()
    assert not world.together(account, merger)


def test_a_number_of_another_repository_is_told_by_the_days_between(world: Any) -> None:
    account, address = world.account(7, "ann"), world.address("ben@nvidia.com", "Ben")
    for number in range(1, 5):
        # Imported from another repository: its numbers are not those of this one.
        world.pull_request(number, account, merged="2016-03-05")
        world.commit(f"{number:040x}", address, f"PR #{number}: Change", number=number, day="2024-03-05")
    world.refresh()
    assert not world.together(account, address)


def test_a_number_decides_against_every_other_evidence(world: Any) -> None:
    mine, other = world.account(7, "ann"), world.account(8, "ben")
    hers = world.address("7+ann@users.noreply.github.com")
    for number in range(1, 6):
        world.landed(number, other, hers, squash=True)
    world.refresh()
    assert world.together(mine, hers)
    assert not world.together(other, hers)


def test_a_coauthor_in_a_trailer_is_who_the_address_says(world: Any) -> None:
    account = world.account(7, "ann")
    author, coauthor = world.address("ben@gmail.com", "Ben"), world.address("7+old@users.noreply.github.com")
    world.commit("a" * 40, author)
    world.write(
        "commit_coauthors", {"repository_id": world.repository, "sha": "a" * 40, "coauthor_id": coauthor}
    )
    world.refresh()
    assert world.together(account, coauthor)


@pytest.mark.parametrize(
    ("login", "address", "name", "joined"),
    [
        ("annlee85", "annlee85@gmail.com", "Ann Lee", True),
        ("annlee85", "annlee85@gmail.com", "annlee85", True),
        ("rabbithole", "rabbithole@gmail.com", "Ann Lee", True),
        ("annlee", "annlee@gmail.com", "Ann Lee", False),
        ("alee", "alee@gmail.com", "Ann Lee", False),
        ("annlee85", "annlee85@gmail.com", "Ben Kim", False),
        ("annlee85", "annlee86@gmail.com", "Ann Lee", False),
    ],
)
def test_a_telling_login_before_the_at_of_an_address_that_signs_with_the_name_is_the_accounts(
    sqlite_world: Any, login: str, address: str, name: str, joined: bool
) -> None:
    account = sqlite_world.account(7, login, name="Ann Lee")
    mail = sqlite_world.address(address, name)
    sqlite_world.refresh()
    assert sqlite_world.together(account, mail) is joined


def test_the_same_full_name_is_suggested_and_weighs_more_beside_one_company(world: Any) -> None:
    world.address("ann@us.ibm.com", "Ann Lee")
    world.address("alee@in.ibm.com", "ann  lee")
    world.address("ben@gmail.com", "Ben Kim")
    world.address("ben@outlook.com", "Ben Kim")
    world.address("root@gmail.com", "root")
    world.address("root@outlook.com", "root")
    world.refresh()
    found = world.rows("SELECT reason, score FROM people_suggestions ORDER BY score DESC")
    assert [tuple(row) for row in found] == [
        ("same full name, and both at IBM", 0.8),
        ("same full name", 0.5),
    ]


def test_two_that_were_told_apart_are_not_suggested_again(world: Any) -> None:
    world.address("ann@us.ibm.com", "Ann Lee")
    world.address("alee@in.ibm.com", "Ann Lee")
    world.refresh()
    hashes = [row[0] for row in world.rows("SELECT address_hash FROM identities")]
    world.decide(Decision("apart", *(f"email:{h}" for h in hashes), "two people", world.at("2024-01-01")))
    world.refresh()
    assert world.rows("SELECT 1 FROM people_suggestions") == []


def seen(identity: int, number: int | None) -> Seen:
    """An identity of which nothing but its number matters."""
    return Seen(identity, "email", number, *[None] * 5, f"{identity:032x}", "", "", "", None, None)


IDS = st.integers(1, 12)
LINKS = st.lists(
    st.builds(Link, st.sampled_from([HAND, ACCOUNT, PULL_REQUEST]), IDS, IDS, st.sampled_from("ab")),
    max_size=25,
)
PAIRS = st.lists(st.tuples(IDS, IDS).filter(lambda pair: pair[0] != pair[1]), max_size=5)


@given(LINKS, PAIRS, st.integers(0, 4), st.randoms())
def test_joining_hangs_on_no_order_and_breaks_no_rule(
    links: Sequence[Link], apart: Sequence[tuple[int, int]], accounts: int, random: Any
) -> None:
    identities = [seen(place, place if place <= accounts else None) for place in range(1, 13)]
    found = grouped(identities, links, apart)
    shuffled = list(links), list(apart), list(identities)
    for each in shuffled:
        random.shuffle(each)
    again = grouped(shuffled[2], shuffled[0], shuffled[1])
    assert again.reasons == found.reasons
    place = {identity: person for identity, (person, _) in found.reasons.items()}
    assert all(place[one] != place[other] for one, other in apart), "a hand told them apart"
    by_hand = any(link.strength == HAND for link in links)
    for members in found.people.values():
        if not by_hand:
            assert len({each.github_user_id for each in members} - {None}) <= 1, "two accounts"
