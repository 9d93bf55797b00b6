"""The front door: the command line as a table of contents; a room with many commands keeps its own."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from collector.archive.commands import commands as archive
from collector.benchmarks.commands import commands as bench
from dashboard.reports.commands import report_commands
from db.adhoc.output import Format, FormatOption, write
from db.commands import commands as database
from db.metrics.commands import metric_commands
from db.people.commands import commands as people

# The rooms are imported where they are used: `flowmeter --help` should not wait for all of them.
if TYPE_CHECKING:
    from sqlalchemy import Engine

    from collector.collection import Collection
    from collector.configuration import Configuration
    from dashboard.reports.rounds import Reporting
    from db.metrics.elsewhere import Elsewhere

app = typer.Typer(
    help="How far TensorFlow's open-source community has come, with numbers that can be checked.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.add_typer(metric_commands(lambda elsewhere: _refresh(_engine(), elsewhere=elsewhere)), name="metrics")
app.add_typer(bench, name="bench")
app.add_typer(report_commands(lambda: _reporting()), name="report")
app.add_typer(people, name="people")
app.add_typer(archive, name="archive")
app.add_typer(database, name="db")

Port = Annotated[int, typer.Option(min=1, max=65535, help="Port on the loopback address.")]


@app.command()
def up(
    port: Port = 8050,
    sample: Annotated[
        bool, typer.Option("--sample", help="The simulator, even when there is a token.")
    ] = False,
) -> None:
    """Everything, for one person on one machine: collect, compute, show."""
    from collector.installation import run_everything

    _configuration()  # a fault in it is told before anything starts
    raise typer.Exit(run_everything(port=port, sample=sample))


@app.command()
def collect(
    jobs: Annotated[
        list[str] | None, typer.Argument(metavar="[JOB]...", help="All jobs when none is named.")
    ] = None,
    repository: Annotated[str | None, typer.Option(metavar="OWNER/NAME", help="Only this one.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what changed since.")
    ] = None,
    git: Annotated[str | None, typer.Option(metavar="PATH_OR_URL", help="Commits from this clone.")] = None,
    named: Annotated[
        str | None, typer.Option("--as", metavar="OWNER/NAME", help="Whose history it is.")
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for GitHub's quota to begin anew, and go on.")
    ] = False,
) -> None:
    """Collect facts: all jobs, some, or the commits of one clone."""
    from collector.collection import from_clone
    from collector.jobs import JOBS, job_named
    from collector.terminal import progress_shown

    if (git is None) != (named is None) or git == "" or (git and jobs not in (["commits"], None, [])):
        raise typer.BadParameter("--git and --as belong together: collect commits --git PATH --as OWNER/NAME")
    chosen = [job_named(name) for name in jobs or [job.name for job in JOBS]]
    with progress_shown() as show:
        collection = _collection(show)
        if git and named:
            ends = [from_clone(collection, git, named)]
        else:
            collection.prepare()
            when = since.replace(tzinfo=UTC) if since else None
            if wait:
                runs = collection.run_and_wait(chosen, time.sleep, repository=repository, since=when)
                ends = list({(end.job, end.target): end for end in runs}.values())
            else:
                ends = list(collection.run(chosen, repository=repository, since=when))
    if not ends:
        why = (
            f"{repository} is not followed by {', '.join(job.name for job in chosen)}; see flowmeter.toml"
            if repository and collection.github
            else "without GITHUB_TOKEN only clones and files can be read"
        )
        typer.echo(f"Nothing to collect: {why}", err=True)
    if not ends or any(end.state in ("failed", "waiting", "busy") for end in ends):
        raise typer.Exit(1)


@app.command()
def schedule(
    listed: Annotated[
        bool, typer.Option("--list", help="Show what runs when, how it last went and who leads, and end.")
    ] = False,
    grace: Annotated[
        float, typer.Option(min=0, help="Seconds that jobs may take to finish their page at the end.")
    ] = 45.0,
    form: FormatOption = Format.TABLE,
) -> None:
    """Run every job on its schedule, until stopped; of several of these processes one leads."""
    from collector.installation import run_scheduler, schedule_rows, who_leads

    if listed:
        columns, rows = schedule_rows(_engine(), _configuration(), datetime.now(UTC))
        write(columns, rows, form)
        typer.echo(who_leads(_engine(), datetime.now(UTC)), err=True)
        return
    from collector.schedule import AfterCollection
    from dashboard.reports.rounds import go_round

    engine = _engine()
    reporting = _reporting(engine)
    # One engine for all that the scheduler writes: the fence before its commits is of the engine.
    after = AfterCollection(
        refresh=lambda stop: _refresh(engine, stop),
        reports=lambda stop: go_round(reporting, stop=stop),
    )
    raise typer.Exit(run_scheduler(_collection(lambda _: None, engine), after, grace))


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Port = 8050,
    threads: Annotated[int, typer.Option(min=1, max=64, help="Requests answered at once.")] = 8,
) -> None:
    """The dashboard, over the database as it is."""
    from collector.supervisor import require_free_port
    from dashboard.server import serve as serve_dashboard

    require_free_port(host, port)
    engine, configuration = _engine(migrated=False), _configuration()
    _sign_in(configuration)  # a fault in it is told before anything starts
    serve_dashboard(lambda: _dashboard(engine, configuration), host, port, threads)


@app.command()
def simulate(
    port: Port = 8051,
    scale: Annotated[
        float, typer.Option(min=0.001, max=1, help="1 is the size of the real community.")
    ] = 0.03,
    seed: Annotated[int, typer.Option(help="The same seed gives the same community.")] = 20170213,
    faults: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="What goes wrong, as TOML or JSON: a rule names a kind (bad-gateway, truncated, reset, "
            "rate-limited, partial, …) and the requests it takes. See docs/simulator.md.",
        ),
    ] = None,
) -> None:
    """A GitHub that runs on loopback, with a made-up community.

    While it runs, /_simulator/ takes orders over HTTP: faults, renames, deletions, limits.
    """
    from collector.simulator.faults import FaultError, Plan
    from collector.simulator.server import serve as serve_simulator
    from collector.supervisor import require_free_port

    try:
        plan = Plan() if faults is None else Plan.from_file(faults)
    except (FaultError, OSError) as error:
        raise typer.BadParameter(str(error), param_hint="--faults") from error
    require_free_port("127.0.0.1", port)
    serve_simulator("127.0.0.1", port, scale=scale, seed=seed, folder=Path("var/simulator"), faults=plan)


@app.command()
def sql(
    query: Annotated[
        str | None, typer.Argument(help="One SELECT, or a stored query’s name; or use --file.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Read the query from here.")
    ] = None,
    parameters: Annotated[
        list[str] | None, typer.Option("--param", metavar="NAME=VALUE", help="For :NAME.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most rows.")] = 10_000,
    timeout: Annotated[float, typer.Option(min=0.1, help="Most seconds.")] = 5.0,
    listed: Annotated[bool, typer.Option("--list", help="Show the stored queries, and end.")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Ask the database, read-only: a SELECT, a file, or a stored query by its name."""
    from db.adhoc.asked import asked, stored_rows
    from db.adhoc.query import run

    if listed:
        write(*stored_rows(), form)
        return
    if (query is None) == (file is None):
        raise typer.BadParameter("give either a query or --file; --list names the stored queries")
    text = query if query is not None else file.read_text(encoding="utf-8") if file else ""
    pairs = [parameter.partition("=") for parameter in parameters or []]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise typer.BadParameter(f"--param {wrong[0]}: write NAME=VALUE")
    text, values = asked(text, {name: value for name, _, value in pairs})
    result = run(_engine(), text, parameters=values, limit=limit, timeout=timeout)
    write(result.columns, result.rows, form)
    if result.truncated:
        typer.echo(f"There are more than {limit:,} rows; raise --limit to see them", err=True)


@app.command()
def doctor(form: FormatOption = Format.TABLE) -> None:
    """What is configured, reachable and stale, and what to do about it."""
    from collector.doctor import examine

    findings = examine(datetime.now(UTC), lambda: _reporting().post.addressed())
    write(["check", "state", "found", "what to do"], [finding.row for finding in findings], form)
    if any(finding.state == "wrong" for finding in findings):
        raise typer.Exit(1)


def _configuration() -> Configuration:
    from collector.configuration import load

    return load()


def _engine(*, migrated: bool = True) -> Engine:
    from db.engine import connect
    from db.migration import connect_current

    return connect_current() if migrated else connect()


def _collection(show: Any, engine: Engine | None = None) -> Collection:
    from collector.installation import collection

    return collection(engine or _engine(), _configuration(), show)


def _refresh(
    engine: Engine, stop: Callable[[], bool] = lambda: False, elsewhere: Elsewhere | None = None
) -> Sequence[Any]:
    from db.benchmarks.detection import detect_changes
    from db.benchmarks.questions import refresh_answers
    from db.engine import writing
    from db.full_disk import told_of_a_full_disk
    from db.metrics.refresh import copy_file, refresh
    from db.people.rosters import keep_rosters

    refresh_answers(engine, changed_only=True)
    detect_changes(engine)
    configuration = _configuration()
    with writing(engine).begin() as connection:
        keep_rosters(connection, configuration.people.rosters, datetime.now(UTC))
    steward = configuration.project.steward
    copy = copy_file(engine)
    with told_of_a_full_disk(copy or Path()):
        found: Sequence[Any] = refresh(
            engine, now=datetime.now(UTC), steward=steward, copy=copy, stop=stop, elsewhere=elsewhere
        )
    return found


def _site(engine: Engine, configuration: Configuration) -> Any:
    """What dashboard and reports are told of the project: they do not read the file themselves."""
    from dashboard.site import LIVE_HINT_OF_MAKE, Site

    project = configuration.project
    return Site(
        engine=engine,
        title=project.name,
        steward=project.steward,
        baseline=project.baseline,
        milestones=tuple((m.day, m.title) for m in project.milestones),
        targets=dict(configuration.targets),
        address=configuration.delivery.site,
        reports=configuration.reports,
        live_hint=LIVE_HINT_OF_MAKE,
    )


def _dashboard(engine: Engine, configuration: Configuration) -> Any:
    from dashboard.app import create_app

    site = vars(_site(engine, configuration))
    sign_in = _sign_in(configuration)
    return create_app(baseline_date=site.pop("baseline"), sign_in=sign_in, **site).server


def _sign_in(configuration: Configuration) -> Any:
    from collector.sign_in import secrets_of
    from dashboard.signing_in.settings import configured

    section = configuration.sign_in
    return configured(section.model_dump(), **secrets_of(section)) if section else None


def _reporting(engine: Engine | None = None) -> Reporting:
    """What reports, alerts and their delivery are told by the configuration."""
    from dashboard.delivery.post import Post
    from dashboard.reports.rounds import Reporting

    engine, configuration = engine or _engine(), _configuration()
    post = Post(
        title=configuration.project.name,
        site=configuration.delivery.site,
        mail=configuration.mail,
        reports=configuration.reports,
        alerts=configuration.alerts,
    )
    return Reporting(_site(engine, configuration), post)


def main() -> None:
    """Run the command line; what a person can put right ends in one sentence, not in a trace."""
    from collector import logs
    from collector.errors import CollectorError
    from db.errors import DatabaseError
    from db.faults import FORESEEN, in_words

    # Pages are hundreds of thousands of plain values: looking for cycles after every 700 would cost a tenth.
    gc.set_threshold(50_000, 20, 50)
    try:
        logs.set_up()
        app()
    except (CollectorError, DatabaseError) as error:
        typer.echo(f"flowmeter: {error}", err=True)
        sys.exit(2 if isinstance(error, CollectorError) and not error.retry else 1)
    except FORESEEN as error:
        typer.echo(f"flowmeter: {in_words(error)}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("flowmeter: ended by Ctrl-C", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
