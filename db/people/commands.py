"""`flowmeter people`: who is who, and what somebody decided about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from db.adhoc.output import Format, FormatOption, write

commands = typer.Typer(help="People: who is who, what they are and for whom they act.", no_args_is_help=True)

Person = Annotated[
    str, typer.Argument(help="A login, full name, e-mail address, github:NUMBER, email:HASH or number.")
]
Why = Annotated[str, typer.Option("--why", help="The reason, for whoever reads it later.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]
FOLLOWS = "The next refresh of the metrics follows, for all history"


class Kind(StrEnum):
    """What somebody can be."""

    HUMAN = "human"
    BOT = "bot"
    PROXY = "proxy"


class RoleKind(StrEnum):
    """What somebody can be for a while."""

    INTERN = "intern"
    STUDENT = "student"


@commands.command("list")
def listed(
    kind: Annotated[Kind | None, typer.Option(help="Only these.")] = None,
    organization: Annotated[str | None, typer.Option(help="Only who acts for it.")] = None,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of the affiliations; today.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most rows.")] = 1000,
    form: FormatOption = Format.TABLE,
) -> None:
    """Everybody who is held: kind with its reason, organisation, and how many identities."""
    from db.people.find import people_rows

    day = on.date() if on else datetime.now(UTC).date()
    with _reading() as connection:
        rows = people_rows(
            connection, kind=kind.value if kind else None, organization=organization, on=day, limit=limit
        )
    write(["person", "name", "login", "kind", "because", "organization", "identities"], rows, form)


@commands.command("show")
def show(person: Person, form: FormatOption = Format.TABLE) -> None:
    """One person: identities with the evidence that joins them, affiliations, decisions."""
    from db.people.decisions import read_decisions
    from db.people.find import affiliation_rows, find_person, role_rows
    from db.people.seen import reference

    with _reading() as connection:
        found = find_person(connection, person)
        called = {reference(each) for each in found.identities}
        rows: list[tuple[Any, ...]] = [
            (
                "identity",
                reference(each),
                _called(each.name, each.login, each.domain),
                each.first or None,
                each.last or None,
                each.person_reason,
            )
            for each in found.identities
        ]
        rows += [
            ("affiliation", organization, None, first, last, source)
            for organization, first, last, source in affiliation_rows(connection, found.person_id)
        ]
        rows += [("was", *role) for role in role_rows(connection, found.person_id)]
        rows += [
            (each.decision, each.identity, each.value, each.from_day, each.to_day, each.why)
            for each in read_decisions(connection)
            if {each.identity, each.value} & called
        ]
    title = f"{found.shown}: {found.kind}"
    write(["what", "which", "of", "from", "to", "because"], rows, form, title=title)


@commands.command("merge")
def merge(
    people: Annotated[
        list[str], typer.Argument(metavar="PERSON PERSON...", help="Those who are one person.")
    ],
    why: Why = "decided by hand",
) -> None:
    """Decide that people are one person; `split` takes it back."""
    from db.people import deciding
    from db.people.find import find_person

    if len(people) < 2:
        raise typer.BadParameter("name two people at least")
    with _writing() as connection:
        found = [find_person(connection, each) for each in people]
        deciding.merge(connection, found, why, datetime.now(UTC))
    _told(f"{' and '.join(each.shown for each in found)} are one person. {FOLLOWS}")


@commands.command("split")
def split(
    person: Person,
    identities: Annotated[
        list[str],
        typer.Argument(metavar="IDENTITY...", help="Those of somebody else, as `show` writes them."),
    ],
    why: Why = "decided by hand",
) -> None:
    """Decide that some identities of a person are somebody else."""
    from db.people import deciding
    from db.people.find import find_person

    with _writing() as connection:
        found = find_person(connection, person)
        deciding.split(connection, found, identities, why, datetime.now(UTC))
    _told(f"{', '.join(identities)}: not {found.shown}. {FOLLOWS}")


@commands.command("affiliate")
def affiliate(
    person: Person,
    organization: Annotated[str, typer.Argument(help="Name of the organisation, or independent.")],
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day; open without it.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day; open without it.")
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="The organisation is none that is known.")] = False,
    why: Why = "decided by hand",
) -> None:
    """Decide for whom a person acted, from a day to a day; it wins over addresses, maps and profiles."""
    from db.people import deciding
    from db.people.affiliations import INDEPENDENT
    from db.people.find import find_person

    with _writing() as connection:
        found = find_person(connection, person)
        decision = deciding.affiliate(
            connection,
            found,
            organization,
            first.date() if first else None,
            last.date() if last else None,
            why,
            datetime.now(UTC),
            new=new,
        )
    whom = "nobody" if decision.value == INDEPENDENT else decision.value
    _told(f"{found.shown} acts for {whom}{_span(decision.from_day, decision.to_day)}. {FOLLOWS}")


@commands.command("kind")
def kind_decided(person: Person, kind: Kind, why: Why = "decided by hand") -> None:
    """Decide that somebody is a human, a bot or a proxy; it wins over the rules."""
    from db.people import deciding
    from db.people.find import find_person

    with _writing() as connection:
        found = find_person(connection, person)
        deciding.decide_kind(connection, found, kind.value, why, datetime.now(UTC))
    _told(f"{found.shown} is a {kind.value}. {FOLLOWS}")


@commands.command("role")
def role_decided(
    person: Person,
    role: Annotated[RoleKind, typer.Argument(help="What the person was.")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")],
    programme: Annotated[str, typer.Option(help="The programme, such as Google Summer of Code.")] = "",
    why: Why = "decided by hand",
) -> None:
    """Decide that a person was an intern or a student, from a day to a day."""
    from db.people import deciding
    from db.people.find import find_person

    days, now = (first.date(), last.date()), datetime.now(UTC)
    with _writing() as connection:
        found = find_person(connection, person)
        deciding.decide_role(connection, found, role.value, programme, *days, why, now)
    _told(f"{found.shown} was {role.value}{_span(*days)}. {FOLLOWS}")


@commands.command("roster")
def roster(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file as docs/people.md says.")
    ],
    form: FormatOption = Format.TABLE,
) -> None:
    """Check the roster of a programme: its lines, and whom they mean. Nothing is written."""
    from db.people.rosters import matched, read_roster

    entries = read_roster(file)
    with _reading() as connection:
        rows = matched(connection, entries)
    write(["programme", "login", "kind", "from", "to", "person"], rows, form)


@commands.command("forget")
def forget(
    person: Person,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; it cannot be undone.")] = False,
) -> None:
    """Forget a person for good: names, logins, hashes and texts go, counts stay."""
    from db.people.find import find_person
    from db.people.forgetting import forget as forget_person

    with _reading() as connection:
        found = find_person(connection, person)
    if not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter("cannot be undone: give --yes", param_hint="forget")
        typer.confirm(f"Forget {found.shown} for good?", abort=True, err=True)
    with _writing() as connection:
        count = forget_person(connection, found.person_id, datetime.now(UTC))
    _told(f"Forgotten, with {count} identities. What is collected again stays without a name")


@commands.command("decisions")
def decisions(form: FormatOption = Format.TABLE) -> None:
    """Everything that was decided, the earliest first."""
    from db.people.decisions import read_decisions

    with _reading() as connection:
        rows = [
            (
                d.decision_id,
                d.decision,
                d.identity,
                d.value,
                d.from_day,
                d.to_day,
                d.source,
                d.why,
                d.decided_at,
            )
            for d in read_decisions(connection)
        ]
    columns = ["number", "decision", "person", "value", "from", "to", "source", "why", "decided at"]
    write(columns, rows, form)


@commands.command("undo")
def undo(numbers: Annotated[list[int], typer.Argument(metavar="NUMBER...", help="Of `decisions`.")]) -> None:
    """Take decisions back."""
    from db.people.decisions import remove

    with _writing() as connection:
        for each in remove(connection, numbers):
            _told(f"Taken back: {each.decision} {each.identity} {each.value}")
    _told(FOLLOWS)


@commands.command("suggestions")
def suggestions(
    least: Annotated[float, typer.Option(min=0, max=1, help="Only of this score or more.")] = 0.0,
    form: FormatOption = Format.TABLE,
) -> None:
    """People who may be one person, on evidence too weak to join them."""
    from db.people.find import suggestion_rows

    with _reading() as connection:
        rows = suggestion_rows(connection, least)
    write(["number", "score", "one", "other", "because"], rows, form)


@commands.command("accept")
def accept(
    number: Annotated[int, typer.Argument(help="Of `suggestions`.")],
    why: Annotated[str, typer.Option("--why", help="The reason; the suggestion's own without it.")] = "",
) -> None:
    """Decide that the two of a suggestion are one person."""
    _answered(number, "merge", why, "are one person")


@commands.command("reject")
def reject(
    number: Annotated[int, typer.Argument(help="Of `suggestions`.")],
    why: Annotated[str, typer.Option("--why", help="The reason; the suggestion's own without it.")] = "",
) -> None:
    """Decide that the two of a suggestion are two people; it is not made again."""
    _answered(number, "apart", why, "are two people")


@commands.command("export")
def export(
    file: Annotated[
        Path | None, typer.Argument(help="A .toml or .json file; standard output without it.")
    ] = None,
) -> None:
    """Write all decisions into a file that another installation takes in: addresses as keyed hashes alone."""
    from db.people.exchange import written

    form = "json" if file is not None and file.suffix == ".json" else "toml"
    with _reading() as connection:
        text = written(connection, form)
    if file is None:
        typer.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be written ({error.strerror})") from error


@commands.command("import")
def import_decisions(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="As `export` writes it.")],
    published: Annotated[
        bool, typer.Option("--map", help="A published map: what was decided by hand wins over it.")
    ] = False,
) -> None:
    """Take in the decisions of a file; of two about the same the later one stands."""
    from db.people.exchange import take_in

    with _writing() as connection:
        taken = take_in(connection, file, source="map" if published else None, now=datetime.now(UTC))
    _told(f"{taken.decisions} decisions are new, {taken.forgotten} marks of forgotten people. {FOLLOWS}")


def _answered(number: int, decision: str, why: str, outcome: str) -> None:
    from db.people.deciding import answer_suggestion

    with _writing() as connection:
        one, other = answer_suggestion(connection, number, decision, why, datetime.now(UTC))
    _told(f"{one.shown} and {other.shown} {outcome}. {FOLLOWS}")


@contextmanager
def _reading() -> Iterator[Connection]:
    from db.migration import connect_current

    with connect_current().connect() as connection:
        yield connection


@contextmanager
def _writing() -> Iterator[Connection]:
    from db.engine import writing
    from db.migration import connect_current

    with writing(connect_current()).begin() as connection:
        yield connection


def _called(name: str | None, login: str | None, domain: str | None) -> str:
    parts = (name, f"@{login}" if login else None, f"at {domain}" if domain else None)
    return " ".join(part for part in parts if part)


def _told(sentence: str) -> None:
    typer.echo(sentence, err=True)


def _span(first: date, last: date) -> str:
    from db.schema.columns import BEGINNING_OF_TIME, END_OF_TIME

    since = f" from {first}" if first > BEGINNING_OF_TIME else ""
    return since + (f" to {last}" if last < END_OF_TIME else "")
