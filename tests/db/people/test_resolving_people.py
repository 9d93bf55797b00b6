"""Who is who: merging by evidence, kinds by rules, affiliations by day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text

from db.engine import writing
from db.errors import DatabaseError
from db.people.decisions import Decision, record
from db.people.identities import email_identity, login_identity
from db.people.resolve import PeopleRefresh, refresh_people
from db.schema import stable_id, table
from db.upsert import upsert


def at(day: str) -> datetime:
    """Noon of a day."""
    return datetime.fromisoformat(f"{day}T12:00:00+00:00").astimezone(UTC)


def email(
    address: str, first: str = "2018-01-01", last: str = "2020-01-01", name: str = "Ann"
) -> dict[str, Any]:
    """An address that was seen between two days."""
    return email_identity(address, name, at(first), at(last))


def account(number: int, login: str, kind: str = "User", company: str | None = None) -> dict[str, Any]:
    """An account that was seen."""
    return login_identity(number, login, kind, at("2018-01-01"), at("2020-01-01"), company=company)


def known(engine: Engine, *identities: dict[str, Any]) -> PeopleRefresh:
    """Hold these identities and find out who is who."""
    with writing(engine).begin() as connection:
        upsert(connection, table("identities"), identities)
        return refresh_people(connection)


def decide(engine: Engine, *decisions: Decision) -> None:
    """Keep decisions."""
    with writing(engine).begin() as connection:
        record(connection, decisions)


def people(engine: Engine) -> dict[str, Any]:
    """Display name or login → person."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM people")).all()
    return {row.login or row.display_name: row for row in rows}


def affiliations(engine: Engine) -> list[tuple[str, str, str, str]]:
    """(organisation, from, to, source) in order of days."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT o.name, a.from_day, a.to_day, a.source FROM affiliations a "
                "JOIN organizations o ON o.organization_id = a.organization_id ORDER BY a.from_day"
            )
        )
        return [(row[0], str(row[1]), str(row[2]), row[3]) for row in rows]


def test_a_noreply_address_and_an_account_with_one_number_are_one_person_whatever_the_login(
    engine: Engine,
) -> None:
    found = known(
        engine,
        email("7+old-login@users.noreply.github.com"),
        account(7, "new-login"),
        account(8, "old-login"),
    )
    assert found.people == 2
    assert set(people(engine)) == {"new-login", "old-login"}
    with engine.connect() as connection:
        reasons = connection.execute(
            text("SELECT person_reason FROM identities WHERE github_user_id = 7")
        ).scalars()
        assert set(reasons) == {"same GitHub user id 7"}


def test_one_name_alone_merges_nobody(engine: Engine) -> None:
    found = known(engine, email("ann@gmail.com"), email("ann@outlook.com"), account(9, "ann"))
    assert found.people == 3


def test_who_somebody_is_does_not_hang_on_what_turned_up_first(engine: Engine) -> None:
    known(engine, email("7+ann@users.noreply.github.com", "2020-01-01", "2020-02-01"))
    first = people(engine)["ann"].person_id
    assert first == stable_id("person", account(7, "ann")["identity_id"])
    known(engine, account(7, "ann"))
    assert people(engine)["ann"].person_id == first
    assert len(people(engine)) == 1


def test_what_a_hand_wrote_follows_a_person_who_turns_out_to_be_another_one(engine: Engine) -> None:
    mail = email("ann@gmail.com", "2019-01-01")
    known(engine, mail, account(7, "ann"))
    decide(
        engine,
        Decision(
            "affiliate",
            f"email:{mail['address_hash']}",
            "IBM",
            "told",
            at("2024-01-01"),
            date(2019, 1, 1),
            date(2019, 12, 31),
        ),
        Decision("merge", "github:7", f"email:{mail['address_hash']}", "she said so", at("2024-01-01")),
    )
    assert known(engine, mail).people == 1
    assert affiliations(engine) == [("IBM", "2019-01-01", "2019-12-31", "manual")]
    with engine.connect() as connection:
        reasons = connection.execute(text("SELECT DISTINCT person_reason FROM identities")).scalars().all()
    assert reasons == ["manual: she said so"]


def test_a_kind_given_by_hand_stays(engine: Engine) -> None:
    known(engine, account(7, "ann"), account(8, "dependabot[bot]", "Bot"))
    decide(
        engine,
        Decision("kind", "github:7", "bot", "a robot", at("2024-01-01")),
        Decision("kind", "github:8", "human", "a person in disguise", at("2024-01-01")),
    )
    known(engine, account(7, "ann"))
    assert (people(engine)["ann"].kind, people(engine)["ann"].kind_reason) == ("bot", "manual: a robot")
    assert people(engine)["dependabot[bot]"].kind == "human"


def test_kinds_follow_the_rules_each_with_its_reason(engine: Engine) -> None:
    known(
        engine,
        account(1, "abbott"),
        account(2, "robotics-fan"),
        account(3, "tensorflowbutler"),
        account(4, "dependabot[bot]", "Bot"),
        account(5, "tfx-copybara"),
        account(6, "copybara-service[bot]", "Bot"),
        account(10, "googlebot"),
        email("gardener@tensorflow.org", name="A. Unique TensorFlower"),
        email("someone-nonhuman@googlegroups.com", name="Exporter"),
        email("gardener@somewhere.else", name="TensorFlower Gardener"),
        email("13+renovate[bot]@users.noreply.github.com", name="renovate"),
        email("bill@talbot.com", name="Bill Talbot"),
        email("jenkins@tensorflow.org", name="TensorFlow Release Automation"),
        email("ann@tensorflow.org", name="Ann Lee"),
    )
    found = people(engine)
    kinds = {name: row.kind for name, row in found.items()}
    assert kinds == {
        "abbott": "human",
        "robotics-fan": "human",
        "Bill Talbot": "human",
        "Ann Lee": "human",
        "TensorFlow Release Automation": "bot",
        "tensorflowbutler": "bot",
        "dependabot[bot]": "bot",
        "googlebot": "bot",
        "renovate[bot]": "bot",
        "tfx-copybara": "proxy",
        "copybara-service[bot]": "proxy",
        "A. Unique TensorFlower": "proxy",
        "Exporter": "proxy",
        "TensorFlower Gardener": "proxy",
    }
    assert all(row.kind_reason for row in found.values())


def test_independent_is_who_is_known_by_free_mail_alone(engine: Engine) -> None:
    known(
        engine,
        email("free@gmail.com", name="free"),
        email("1+noreply@users.noreply.github.com", name="noreply"),
        email("own@ann-and-ben.com", name="own domain"),
        email("work@nvidia.com", name="work"),
        email("2+both@users.noreply.github.com", name="both"),
        account(2, "both", company="My Start-up"),
        account(3, "account-only"),
        email("alum@alumni.stanford.edu", name="alumna"),
    )
    independent = {name for name, row in people(engine).items() if row.independent}
    assert independent == {"free", "noreply", "alumna"}


def test_domains_give_dated_affiliations_and_change_hands_on_their_day(engine: Engine) -> None:
    known(engine, email("ann@mellanox.com", "2019-06-01", "2020-12-31"))
    assert affiliations(engine) == [
        ("Mellanox", "2019-06-01", "2020-04-26", "domain"),
        ("NVIDIA", "2020-04-27", "2020-12-31", "domain"),
    ]


@pytest.mark.parametrize(
    ("domain", "organization"),
    [
        ("google.com", "Google"),
        ("deepmind.com", "Google"),
        ("us.ibm.com", "IBM"),
        ("qti.qualcomm.com", "Qualcomm"),
        ("fb.com", "Meta"),
        ("ucsd.edu", "UC San Diego"),
        ("cs.ox.ac.uk", "University of Oxford"),
        ("klis.tsukuba.ac.jp", "tsukuba.ac.jp"),
        ("mails.tsinghua.edu.cn", "Tsinghua University"),
        ("kth.se", "Royal Institute of Technology"),
        ("in.tum.de", "TU Munich"),
        ("cs.kw.ac.kr", "Kwangwoon University"),
        ("notgoogle.com", None),
        ("google.com.evil.example", None),
        ("gmail.com", None),
        ("education.com", None),
    ],
)
def test_a_domain_belongs_to_whom_its_ending_says(
    sqlite_engine: Engine, domain: str, organization: str | None
) -> None:
    known(sqlite_engine, email(f"ann@{domain}"))
    assert [row[0] for row in affiliations(sqlite_engine)] == ([organization] if organization else [])
    with sqlite_engine.connect() as connection:
        held = connection.execute(
            text("SELECT COUNT(*) FROM organization_domains WHERE domain = :domain"), {"domain": domain}
        ).scalar()
    assert held == (1 if organization else 0), "SQL joins identities to organisations plainly"


def test_a_profile_tells_of_the_days_after_all_else_that_is_known(engine: Engine) -> None:
    mail = email("7+ann@users.noreply.github.com")
    known(engine, mail, account(7, "ann", company=" @NVIDIA Corporation "))
    assert affiliations(engine) == [("NVIDIA", "1900-01-01", "9999-12-31", "profile")]
    decide(
        engine,
        Decision(
            "affiliate", "github:7", "Google", "told", at("2024-01-01"), date(2019, 1, 1), date(2019, 12, 31)
        ),
    )
    known(engine, mail)
    assert affiliations(engine) == [
        ("Google", "2019-01-01", "2019-12-31", "manual"),
        ("NVIDIA", "2020-01-01", "9999-12-31", "profile"),
    ]


def test_a_second_refresh_changes_nothing_and_names_that_only_contain_another_match_nothing(
    engine: Engine,
) -> None:
    rows = (
        email("ann@nvidia.com"),
        account(7, "ann", company="Not Google"),
        account(8, "ben", company="Incoming Apple fan"),
    )
    assert known(engine, *rows).changed > 0
    assert known(engine, *rows).changed == 0
    assert [row[0] for row in affiliations(engine)] == ["NVIDIA"]


def test_a_refresh_tells_whose_contributions_change(engine: Engine) -> None:
    both = {row.person_id for row in _people_after(engine, email("ann@nvidia.com"), account(7, "ben"))}
    assert known(engine, email("ann@nvidia.com")).changed_people == frozenset()
    named = known(engine, account(7, "ben", company="IBM"))
    ben = people(engine)["ben"].person_id
    assert named.changed_people == {ben}
    assert known(engine, account(7, "benjamin", company="IBM")).changed_people == frozenset(), "only a name"
    joined = known(engine, email("7+ben@users.noreply.github.com"))
    assert joined.changed_people == {ben}, "an address more"
    with writing(engine).begin() as connection:
        changed = refresh_people(connection, steward="NVIDIA").changed_people
    assert changed == both, "the steward is another one, for everybody"


def _people_after(engine: Engine, *identities: dict[str, Any]) -> list[Any]:
    found = known(engine, *identities)
    rows = list(people(engine).values())
    assert found.changed_people == {row.person_id for row in rows}, "all are new"
    return rows


def test_the_steward_is_marked_and_has_to_be_known(engine: Engine) -> None:
    known(engine, email("ann@nvidia.com"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT name FROM organizations WHERE steward")).scalars().all() == [
            "Google"
        ]
        with pytest.raises(DatabaseError, match=r"steward 'Gogle'.*organizations\.toml"):
            refresh_people(connection, steward="Gogle")
