# ruff: noqa: E501
"""The two data files on people: what they may say, and that errors name the entry."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.errors import DatabaseError
from db.people.affiliations import Evidence, timeline
from db.people.companies import folded
from db.people.kinds import read_rules
from db.people.organizations import read_directory

DAYS = st.integers(0, 60).map(lambda number: date(2020, 1, 1) + timedelta(days=number))
EVIDENCE = st.lists(
    st.builds(
        lambda a, b, organization, source: Evidence(min(a, b), max(a, b), organization, source),
        DAYS,
        DAYS,
        st.integers(1, 3),
        st.sampled_from(["manual", "map", "domain", "profile"]),
    ),
    max_size=6,
)


def test_every_rule_and_organisation_of_the_files_is_sound() -> None:
    assert all(rule.reason for rule in read_rules())
    directory = read_directory()
    assert not set(directory.domains) & directory.free, "a domain is an organisation's or everybody's"
    assert {name for name, (_, peer) in directory.organizations.items() if peer} >= {
        "Meta",
        "Microsoft",
        "NVIDIA",
    }


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            '[[rule]]\nkind = "robot"\nreason = "x"\nlogins = ["a"]',
            "rule 1: kind 'robot' is not one of human, bot, proxy",
        ),
        ('[[rule]]\nkind = "bot"\nlogins = ["a"]', "rule 1: needs a reason"),
        ('[[rule]]\nkind = "bot"\nreason = "x"', "rule 1: needs a condition"),
        ('[[rule]]\nkind = "bot"\nreason = "x"\nlogin = "a"', "rule 1: 'login' is not one of"),
        ("[[rule]\n", "cannot be read"),
    ],
)
def test_a_wrong_rule_is_refused_by_number(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "kinds.toml"
    file.write_text(content)
    with pytest.raises(DatabaseError) as raised:
        read_rules(file)
    assert says in str(raised.value)
    assert str(file) in str(raised.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('[[organization]]\nname = "A"\nkind = "club"', "A: kind 'club' is not one of company, university"),
        ('[[organization]]\nname = "A"\n[[organization]]\nname = "A"', "A: needs a name of its own"),
        ('[[organization]]\nname = "A"\ndomains = ["a"]', "A: 'a' is no domain"),
        (
            '[[organization]]\nname = "A"\nbecame = { organization = "B", from = 2020-04-27 }',
            'A: became is written as { organization = "NAME", from = 2020-04-27, source = "closed: who says so',
        ),
        (
            '[[organization]]\nname = "A"\ndomains = ["a.com"]\n[[organization]]\nname = "B"\ndomains = ["a.com"]',
            "a.com: belongs to A and B on 1900-01-01",
        ),
        (
            '[[organization]]\nname = "A"\ndomains = [{ domain = "a.com", from = 2020-01-02, until = 2020-01-01 }]',
            "from and until",
        ),
    ],
)
def test_a_wrong_organisation_is_refused_by_name(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "organizations.toml"
    file.write_text(content)
    with pytest.raises(DatabaseError) as raised:
        read_directory(file)
    assert says in str(raised.value)


def test_companies_are_compared_whole_without_legal_form() -> None:
    assert folded(" @Google ") == folded("google") == folded("Google, Inc.") == "google"
    assert folded("Incognito") == "incognito", "'inc' is no legal form inside a name"


@given(EVIDENCE)
def test_a_timeline_covers_each_day_at_most_once_and_as_the_rule_says(evidence: list[Evidence]) -> None:
    spans = timeline(evidence)
    # Sightings of one organisation reach from the first to the last; what a hand or map dates stays as it is.
    reach: dict[tuple[int, str], tuple[date, date]] = {}
    for each in evidence:
        key = (each.organization_id, each.source)
        first, last = reach.get(key, (each.from_day, each.to_day))
        reach[key] = (min(first, each.from_day), max(last, each.to_day))
    claims = [(key, first, last) for key, (first, last) in reach.items() if key[1] == "domain"]
    # A profile tells of the present: it begins after all that is known of another place.
    for (organization, source), (first, last) in reach.items():
        if source == "profile":
            elsewhere = [
                e.to_day for e in evidence if e.source != "profile" and e.organization_id != organization
            ]
            first = max([first, *(day + timedelta(days=1) for day in elsewhere)])
            claims.append(((organization, source), first, last))
    claims += [
        ((each.organization_id, each.source), each.from_day, each.to_day)
        for each in evidence
        if each.source in ("manual", "map")
    ]
    order = ["manual", "map", "domain", "profile"]
    for number in range(62):
        day = date(2020, 1, 1) + timedelta(days=number)
        covering = [span for span in spans if span.from_day <= day <= span.to_day]
        there = [(order.index(key[1]), first, key) for key, first, last in claims if first <= day <= last]
        if not there:
            assert covering == []
            continue
        best = min(place for place, _, _ in there)
        newest = max(first for place, first, _ in there if place == best)
        expected = min(key for place, first, key in there if (place, first) == (best, newest))
        assert [(span.organization_id, span.source) for span in covering] == [expected]
