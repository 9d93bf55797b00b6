"""`flowmeter report`: the next issue, sending, what was made and what is due when."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard.reports.audiences import EVERYBODY, READERS
from db.adhoc.output import Format, FormatOption, write

if TYPE_CHECKING:
    from dashboard.reports.rounds import Reporting

Named = Annotated[str, typer.Argument(help="A report of flowmeter.toml.")]
Scope = Annotated[str, typer.Option(help="project, role:ROLE or OWNER/NAME.")]
Reader = Annotated[str, typer.Option("--for", help=f"As whom: {', '.join(READERS)}.")]
ENDINGS = ("html", "txt", "md", "pdf")


def report_commands(reporting: Callable[[], Reporting]) -> typer.Typer:
    """The commands, over what `reporting` gives when one of them runs."""
    commands = typer.Typer(help="Reports: digests of a week or month, and alerts.", no_args_is_help=True)

    @commands.command("preview")
    def preview_issue(
        name: Named = "weekly",
        scope: Scope = "project",
        reader: Reader = EVERYBODY,
        html: Annotated[bool, typer.Option("--html", help="The HTML instead of its text twin.")] = False,
        output: Annotated[
            Path | None, typer.Option(help="Into this file: .html, .txt, .md or .pdf.", dir_okay=False)
        ] = None,
    ) -> None:
        """The next issue as it would be now; nothing is kept."""
        from dashboard.reports import forms

        ending = output.suffix.removeprefix(".") if output else "html" if html else "txt"
        if ending not in ENDINGS:
            raise typer.BadParameter(f"{output}: its ending is none of {', '.join(ENDINGS)}")
        _require_reader(reader)
        whole = forms.written(_made_now(reporting(), name, scope), ending, reader)
        if output is None:
            typer.echo(whole.decode())
        else:
            output.write_bytes(whole)

    @commands.command("send")
    def send_what_is_due(
        name: Annotated[str, typer.Argument(help="With --to: a report of flowmeter.toml.")] = "weekly",
        scope: Scope = "project",
        reader: Reader = EVERYBODY,
        to: Annotated[
            str | None,
            typer.Option(metavar="ADDRESS", help="Only a test of the next issue, to this address alone."),
        ] = None,
    ) -> None:
        """Make every issue that is due, write its files and send what waits; or, with --to, only a test."""
        from dashboard.reports.rounds import go_round

        if to is None:
            lines = go_round(reporting(), force=True)
            for line in lines:
                typer.echo(line)
            return
        _require_reader(reader)
        outcome = _tested(reporting(), name, scope, reader, to)
        if outcome.state != "sent":
            typer.echo(f"Not sent: {outcome.error}", err=True)
            raise typer.Exit(1)
        typer.echo(f"Sent a test of {name} of {scope}")

    @commands.command("list")
    def list_issues(
        deliveries: Annotated[
            bool, typer.Option("--deliveries", help="What went to whom, and how that ended, instead.")
        ] = False,
        form: FormatOption = Format.TABLE,
    ) -> None:
        """The issues made so far."""
        from dashboard.reports.archive import issues
        from dashboard.reports.sent import deliveries as all_deliveries

        with reporting().site.engine.connect() as connection:
            if deliveries:
                columns, rows = all_deliveries(connection)
                write(columns, rows, form)
                return
            found = [
                (i.report_id, i.report, i.scope, i.period, i.made_at, i.headline) for i in issues(connection)
            ]
        write(["number", "report", "scope", "period", "made at", "headline"], found, form)

    @commands.command("schedule")
    def show_schedule(form: FormatOption = Format.TABLE) -> None:
        """When each report goes next, in its own time zone, and to how many."""
        from dashboard.delivery.recipients import recipients
        from dashboard.reports.schedule import following, local

        told = reporting()
        now = told.site.now()
        rows: list[tuple[Any, ...]] = []
        for report in told.post.reports:
            coming = following(report, now)
            for scope in report.scopes:
                people = recipients(report.recipients, scope)
                rows.append(
                    (
                        report.name,
                        scope,
                        coming.window.days,
                        local(coming.at, report.time_zone),
                        coming.at,
                        sum(each.channel == "email" for each in people),
                        sum(each.channel == "webhook" for each in people),
                        "; ".join(each.problem for each in people if each.problem),
                    )
                )
        columns = ["report", "scope", "about", "goes", "in UTC", "mails", "webhooks", "problem"]
        write(columns, rows, form)

    return commands


def _report_named(reporting: Reporting, name: str) -> Any:
    found = [each for each in reporting.post.reports if each.name == name]
    if not found:
        names = ", ".join(each.name for each in reporting.post.reports) or "none is configured"
        raise typer.BadParameter(f"{name!r} is no report of flowmeter.toml; there are: {names}")
    return found[0]


def _made_now(reporting: Reporting, name: str, scope: str) -> Any:
    from dashboard.reports.digest import preview

    site = reporting.site
    return preview(site.engine, _report_named(reporting, name), scope, site, site.now())


def _require_reader(reader: str) -> None:
    if reader not in READERS:
        raise typer.BadParameter(f"{reader!r} is none of {', '.join(READERS)}")


def _tested(reporting: Reporting, name: str, scope: str, reader: str, address: str) -> Any:
    from types import SimpleNamespace

    from dashboard.delivery.letter import issue_letter
    from dashboard.delivery.post import send_test

    made, post = _made_now(reporting, name, scope), reporting.post
    row = SimpleNamespace(report_id=0, **vars(made))
    found = issue_letter(row, "", post.title, "", [], reader)
    return send_test(post, found, address, reporting.site.now())
