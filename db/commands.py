"""`flowmeter db`: migrate, check, copy, back up and restore the database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from db.adhoc.output import Format, FormatOption, write

if TYPE_CHECKING:
    from db.transfer.fingerprint import Contents

commands = typer.Typer(help="The database: migrate, check, copy, back up, restore.", no_args_is_help=True)


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


@commands.command("copy")
def copy_all(
    target: Annotated[
        str, typer.Argument(metavar="URL", help="An empty database, as in FLOWMETER_DATABASE_URL.")
    ],
    form: FormatOption = Format.TABLE,
) -> None:
    """Copy everything into another database: from SQLite to PostgreSQL, or back."""
    from db.engine import connect, database_url
    from db.transfer.copy import copy

    held = copy(connect(), connect(database_url(target)))
    _write_contents(held, form, "copied, and read back the same")
    typer.echo(
        "Set FLOWMETER_DATABASE_URL to it, and keep FLOWMETER_IDENTITY_KEY (or var/identity.key) as it is.",
        err=True,
    )


@commands.command("backup")
def back_up(
    file: Annotated[Path, typer.Argument(help="A file that is not there yet.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Write a backup into one file, while everything runs; it restores into either kind of database."""
    from db.engine import connect
    from db.transfer.backup import backup

    _write_contents(backup(connect(), file), form, str(file))
    typer.echo(
        "The key that addresses are hashed with is not in it: keep var/identity.key beside it.", err=True
    )


@commands.command("restore")
def restore_from(
    file: Annotated[Path, typer.Argument(help="A file that `flowmeter db backup` wrote.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Restore a backup into an empty database."""
    from db.engine import connect
    from db.transfer.backup import restore

    _write_contents(restore(file, connect()), form, f"restored from {file}")


@commands.command("verify")
def verify_all(
    file: Annotated[
        Path | None, typer.Argument(help="A backup; the database itself when none is named.")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Whether a backup, or the database, is whole: no damaged page, no row lost or changed."""
    from db.engine import connect
    from db.transfer.backup import verify
    from db.transfer.database import verify_database

    wrong = verify(file) if file else verify_database(connect())
    write(["what is wrong"], [(line,) for line in wrong], form, title=str(file or "the database"))
    typer.echo(f"{len(wrong)} found wrong" if wrong else "Nothing is wrong: every row was read", err=True)
    if wrong:
        raise typer.Exit(1)


def _write_contents(held: Mapping[str, Contents], form: Format, title: str) -> None:
    rows = [(name, one.rows, one.fingerprint) for name, one in held.items()]
    write(["table", "rows", "fingerprint"], rows, form, title=title)


@commands.command("publish")
def publish(
    file: Annotated[Path, typer.Argument(help="The SQLite file to write.", dir_okay=False)],
) -> None:
    """Write a SQLite file of what is public, for Datasette, notebooks and whoever asks elsewhere."""
    from db.adhoc.publish import publish as write_public
    from db.migration import connect_current

    made = write_public(connect_current(), file)
    typer.echo(
        f"{made.file}: {made.tables} tables, {made.rows:,} rows; their meanings are in {made.metadata.name}"
    )


@commands.command("export")
def export_all(
    lake: Annotated[
        Path, typer.Option("--lake", metavar="DIR", help="The folder; made when it is not there.")
    ],
    private: Annotated[
        bool,
        typer.Option("--private", help="All tables, not only what is public; for this user's eyes alone."),
    ] = False,
    whole: Annotated[
        bool, typer.Option("--whole", help="Read all rows, not only those that were written since.")
    ] = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Write nothing: read all rows of both, and say whether they are equal."
        ),
    ] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Keep a copy of all tables as Parquet, for DuckDB, pandas and Spark; only what changed is written."""
    from datetime import UTC, datetime

    from db.errors import DatabaseError
    from db.lake.comparison import compare
    from db.lake.export import export
    from db.migration import connect_current

    if verify:
        compared = compare(connect_current(), lake)
        listed = [(each.name, each.held, each.kept, "yes" if each.equal else "no") for each in compared]
        write(["table", "rows of the database", "rows of the lake", "equal"], listed, form, title=str(lake))
        if differing := [each.name for each in compared if not each.equal]:
            raise DatabaseError(
                f"holds other rows than the database (of {', '.join(differing)})",
                to=str(lake),
                next_step=f"Run `flowmeter db export --lake {lake}`, with --whole if it still does",
            )
        return
    rows: list[tuple[str, int, int]] = []
    made = export(
        connect_current(),
        lake,
        now=datetime.now(UTC),
        private=private,
        whole=whole,
        told=lambda name, count, written: rows.append((name, count, written)),
    )
    write(["table", "rows", "files written"], rows, form, title=str(made.snapshot.folder))
    typer.echo(
        f"{lake / 'current'}: {made.tables} tables, {made.rows:,} rows in {made.files:,} files; "
        f"{made.read:,} rows read, {len(made.written):,} files written",
        err=True,
    )
