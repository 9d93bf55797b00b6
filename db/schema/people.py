"""Who is who: people, the identities they act under, organisations and dated affiliations."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.columns import ACCOUNT, IDENTITY, Record

KEEP_KNOWN = {"on_conflict": "keep_known"}


class Person(Record):
    """One human, bot or proxy."""

    __tablename__ = "people"
    __table_args__ = (
        Index(None, "kind"),
        {"comment": "Humans, bots and proxies, one row each, merged from identities by evidence."},
    )

    person_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Stable id, made from the person's first identity."
    )
    display_name: Mapped[str] = mapped_column(comment="Name or login to show.")
    login: Mapped[str | None] = mapped_column(comment="GitHub login, when known.")
    kind: Mapped[str] = mapped_column(
        comment="human, bot (a program acting in its own name) or proxy (an account that carries other people's work)."
    )
    kind_reason: Mapped[str] = mapped_column(comment="The rule that decided the kind.")
    independent: Mapped[bool] = mapped_column(
        default=False,
        server_default="0",
        comment="True when free-mail or noreply addresses are all that is known of the person.",
    )


class Identity(Record):
    """A login or an e-mail address that somebody acts under."""

    __tablename__ = "identities"
    __table_args__ = (
        Index(None, "person_id"),
        Index(None, "github_user_id"),
        Index(None, "login"),
        {"comment": "Logins and e-mail addresses; an address is held only as a keyed hash and its domain."},
    )

    identity_id: Mapped[int] = mapped_column(
        primary_key=True,
        autoincrement=False,
        comment="Stable id, made from the numeric user id or the keyed hash.",
    )
    kind: Mapped[str] = mapped_column(comment="login or email.")
    github_user_id: Mapped[int | None] = mapped_column(
        info=KEEP_KNOWN, comment="GitHub's numeric user id; for e-mail, only from a noreply address."
    )
    login: Mapped[str | None] = mapped_column(
        info=KEEP_KNOWN, comment="Login when last seen; for e-mail, only from a noreply address."
    )
    account_type: Mapped[str | None] = mapped_column(
        info=KEEP_KNOWN, comment="User, Bot, Organization or Mannequin, as GitHub says."
    )
    name: Mapped[str | None] = mapped_column(
        info=KEEP_KNOWN, comment="Name given in the profile or the commit, when last seen."
    )
    company: Mapped[str | None] = mapped_column(
        info=KEEP_KNOWN, comment="Company that the public profile names."
    )
    account_state: Mapped[str | None] = mapped_column(
        info=KEEP_KNOWN,
        comment="alive, or deleted (GitHub gives the account no longer, and does not say why), when last asked for by its number; NULL until then.",
    )
    account_created_at: Mapped[datetime | None] = mapped_column(
        info=KEEP_KNOWN, comment="When the account was made (UTC)."
    )
    account_gone_at: Mapped[datetime | None] = mapped_column(
        comment="When GitHub was first found to give the account no longer (UTC); NULL while it does."
    )
    hireable: Mapped[bool | None] = mapped_column(
        info=KEEP_KNOWN, comment="True when the public profile says that its owner looks for work."
    )
    campus_expert: Mapped[bool | None] = mapped_column(
        info=KEEP_KNOWN, comment="True when GitHub lists the account among its campus experts."
    )
    profile_read_at: Mapped[datetime | None] = mapped_column(
        comment="When the public profile was last asked for (UTC); NULL until then."
    )
    address_hash: Mapped[str | None] = mapped_column(
        info=KEEP_KNOWN, comment="Keyed hash of the e-mail address; the address itself is not held."
    )
    domain: Mapped[str | None] = mapped_column(
        info=KEEP_KNOWN, comment="Domain of the e-mail address, lower case."
    )
    first_seen: Mapped[datetime | None] = mapped_column(
        info={"on_conflict": "least"}, comment="Earliest act under this identity (UTC)."
    )
    last_seen: Mapped[datetime | None] = mapped_column(
        info={"on_conflict": "greatest"}, comment="Latest act under this identity (UTC)."
    )
    person_id: Mapped[int | None] = mapped_column(
        info={"on_conflict": "keep_first"}, comment="Who this is; set by the people refresh."
    )
    person_reason: Mapped[str | None] = mapped_column(
        info={"on_conflict": "keep_first"}, comment="The evidence for person_id."
    )


class Organization(Record):
    """A company, university or other body that people act for."""

    __tablename__ = "organizations"
    __table_args__ = (
        Index(None, "name", unique=True),
        {"comment": "Companies, universities and other bodies that people act for."},
    )

    organization_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Stable id, made from the name; 0 is never used."
    )
    name: Mapped[str] = mapped_column(comment="Name to show.")
    kind: Mapped[str] = mapped_column(comment="company, university, institute or community.")
    steward: Mapped[bool] = mapped_column(
        default=False, server_default="0", comment="True for the company that owns the project."
    )
    peer: Mapped[bool] = mapped_column(
        default=False, server_default="0", comment="True for the rivals that the Research goal watches."
    )


class OrganizationDomain(Record):
    """An e-mail domain that belongs to an organisation, from a day to a day."""

    __tablename__ = "organization_domains"
    __table_args__ = {
        "comment": "E-mail domains of organisations, dated, since companies are bought and renamed."
    }

    domain: Mapped[str] = mapped_column(
        primary_key=True, comment="Lower-case domain; its subdomains belong to it too."
    )
    from_day: Mapped[date] = mapped_column(primary_key=True, comment="First day, 1900-01-01 when open.")
    to_day: Mapped[date] = mapped_column(comment="Last day, 9999-12-31 when open.")
    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organizations.organization_id"), comment="Whose domain it is in that time."
    )


class Affiliation(Record):
    """For whom a person acted, from a day to a day."""

    __tablename__ = "affiliations"
    __table_args__ = (
        Index(None, "organization_id"),
        {
            "comment": "For whom a person acted, dated and sourced; at most one row covers any day of a person."
        },
    )

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.person_id"), primary_key=True, comment="The person."
    )
    from_day: Mapped[date] = mapped_column(primary_key=True, comment="First day, 1900-01-01 when open.")
    to_day: Mapped[date] = mapped_column(comment="Last day, 9999-12-31 when open.")
    organization_id: Mapped[int | None] = mapped_column(
        ForeignKey("organizations.organization_id"),
        comment="The organisation; NULL when somebody was independent, as a hand or a map says.",
    )
    source: Mapped[str] = mapped_column(comment="manual, map, domain or profile.")
    confidence: Mapped[float] = mapped_column(comment="0 to 1: how far the source can be trusted.")


class PersonRole(Record):
    """A time in which somebody was an intern or a student."""

    __tablename__ = "person_roles"
    __table_args__ = {
        "comment": "Times in which people were interns or students, from rosters of programmes, public profiles and decisions by hand; they may overlap."
    }

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.person_id"), primary_key=True, comment="The person."
    )
    kind: Mapped[str] = mapped_column(primary_key=True, comment="intern or student.")
    programme: Mapped[str] = mapped_column(
        primary_key=True, comment="The programme, such as Google Summer of Code; empty when none is known."
    )
    from_day: Mapped[date] = mapped_column(primary_key=True, comment="First day.")
    to_day: Mapped[date] = mapped_column(comment="Last day.")
    source: Mapped[str] = mapped_column(comment="roster, profile or manual.")


class ProfileRole(Record):
    """What a public profile said of its owner as an intern or a student."""

    __tablename__ = "profile_roles"
    __table_args__ = {
        "comment": "Times of which public profiles say that their owner was an intern or a student; the text that says so is not held."
    }

    identity_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, info=IDENTITY, comment="The account."
    )
    kind: Mapped[str] = mapped_column(primary_key=True, comment="intern or student.")
    from_day: Mapped[date] = mapped_column(
        primary_key=True,
        comment="First day: of the year that the profile names, or else of the month in which it was read.",
    )
    to_day: Mapped[date] = mapped_column(comment="Last day of that year or month.")


class IdentityLogin(Record):
    """A login that a GitHub account has been seen under."""

    __tablename__ = "identity_logins"
    __table_args__ = {
        "comment": "Every login that each account has been seen under: a login with two accounts was reused, and joins nobody."
    }

    login: Mapped[str] = mapped_column(primary_key=True, comment="The login, lower case.")
    github_user_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="GitHub's numeric user id."
    )


class AddressAccount(Record):
    """What GitHub said of whose an address is."""

    __tablename__ = "address_accounts"
    __table_args__ = {
        "comment": "Accounts that have confirmed the addresses of commits, as GitHub says; an address is asked about once, and again when none had."
    }

    identity_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, info=IDENTITY, comment="The address."
    )
    github_user_id: Mapped[int | None] = mapped_column(
        info=ACCOUNT, comment="GitHub's numeric user id of the account; NULL when GitHub names none."
    )
    repository_id: Mapped[int] = mapped_column(comment="The repository of the commit.")
    sha: Mapped[str] = mapped_column(comment="The commit that GitHub was asked about.")
    asked_at: Mapped[datetime] = mapped_column(comment="When (UTC).")


class PersonDecision(Record):
    """Something that somebody decided about people by hand, or that a published map says."""

    __tablename__ = "people_decisions"
    __table_args__ = {
        "comment": "Decisions on people made by hand or taken from a published map; every refresh follows them."
    }

    decision_id: Mapped[int] = mapped_column(
        primary_key=True,
        autoincrement=False,
        comment="Stable id, made from what is decided about whom from which day.",
    )
    decision: Mapped[str] = mapped_column(
        comment="merge (two identities are one person), apart (they are not), affiliate, kind or role."
    )
    identity: Mapped[str] = mapped_column(
        comment="About whom: github:NUMBER, email:KEYED_HASH, login:LOGIN (maps and rosters) or forgotten:MARK."
    )
    value: Mapped[str] = mapped_column(
        comment="The other identity; the organisation; human, bot or proxy; intern or student, with the programme."
    )
    from_day: Mapped[date] = mapped_column(
        comment="First day of an affiliation or role, 1900-01-01 when open."
    )
    to_day: Mapped[date] = mapped_column(comment="Last day of an affiliation or role, 9999-12-31 when open.")
    source: Mapped[str] = mapped_column(
        comment="manual; map for what a published map says; roster for what a programme's roster says."
    )
    why: Mapped[str] = mapped_column(comment="The reason given.")
    decided_at: Mapped[datetime] = mapped_column(comment="When it was decided (UTC).")


class PersonSuggestion(Record):
    """Two identities that may be one person, for somebody to look at."""

    __tablename__ = "people_suggestions"
    __table_args__ = {
        "comment": "Identities that may be one person, on evidence too weak to join them: for review."
    }

    suggestion_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Stable id, made from the two identities."
    )
    identity_id: Mapped[int] = mapped_column(comment="Identity of the one.")
    other_identity_id: Mapped[int] = mapped_column(comment="Identity of the other.")
    reason: Mapped[str] = mapped_column(comment="The evidence.")
    score: Mapped[float] = mapped_column(comment="0 to 1: how much the evidence weighs.")


class Forgotten(Record):
    """An identity that asked to be forgotten."""

    __tablename__ = "forgotten_identities"
    __table_args__ = (
        Index(None, "identity_id"),
        {
            "comment": "Identities that were forgotten, by keyed marks alone: what is collected of them again stays without a name."
        },
    )

    mark: Mapped[str] = mapped_column(
        primary_key=True, comment="Keyed hash of the identity, its numeric user id or its login."
    )
    identity_id: Mapped[int] = mapped_column(
        comment="Identity without a name that stands for it in the facts; 0 for a login."
    )
    person_id: Mapped[int] = mapped_column(comment="The person without a name that it belongs to.")
    forgotten_at: Mapped[datetime] = mapped_column(info={"on_conflict": "keep_first"}, comment="When (UTC).")
