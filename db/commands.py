"""`flowmeter db`: migrate and check the database."""

from __future__ import annotations

from typing import Annotated

import typer

from db.adhoc.output import Format, FormatOption, write

commands = typer.Typer(help="The database: migrate and check it.", no_args_is_help=True)


@commands.command("upgrade")
def upgrade(revision: str = "head") -> None:
    """Migrate to the tables of this version."""
    from db import migration
    from db.engine import connect

    migration.upgrade(connect(), revision)


@commands.command("downgrade")
def downgrade(
    revision: Annotated[str, typer.Argument(help="A revision, or `base` for no tables.")],
) -> None:
    """Migrate back. Rows of tables that go are lost."""
    from db import migration
    from db.engine import connect

    migration.downgrade(connect(), revision)


@commands.command("check")
def check(form: FormatOption = Format.TABLE) -> None:
    """Whether the database has the tables of this version."""
    from db.engine import connect
    from db.migration import current, differences, newest, require_current

    engine = connect()
    if current(engine) is None:
        require_current(engine)
    found = [(line,) for line in differences(engine)]
    write(["difference"], found, form, title=f"revision {current(engine)}, newest {newest()}")
    if found or current(engine) != newest():
        raise typer.Exit(1)


@commands.command("reader")
def reader(
    printed: Annotated[
        bool, typer.Option("--print", help="Show the SQL for whoever may make roles, and do nothing.")
    ] = False,
) -> None:
    """Make the views and the read-only role of ad hoc SQL on PostgreSQL; may be repeated."""
    from db.adhoc.reader import lay, statements_for_an_administrator
    from db.migration import connect_current

    engine = connect_current()
    if engine.dialect.name != "postgresql":
        typer.echo("SQLite needs no role: ad hoc SQL runs there behind an authorizer")
        return
    if printed:
        typer.echo("\n".join(statements_for_an_administrator(engine)))
        return
    laid = lay(engine)
    typer.echo(f"{laid.views} views in the schema published, to be read by {laid.role}")
    for sentence in laid.lacking:
        typer.echo(f"Not done: {sentence}", err=True)
    if laid.lacking:
        raise typer.Exit(1)
