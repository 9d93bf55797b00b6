"""One installation: where its facts come from, and the processes that keep it going."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Sequence
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, func, or_, select

from collector import plan
from collector.collection import Collection
from collector.configuration import Configuration
from collector.errors import CollectorError
from collector.jobs import JOBS
from collector.leadership import leader
from collector.run import Progress
from collector.schedule import AfterCollection, Scheduler
from collector.supervisor import Supervisor, free_port, require_free_port
from db.engine import connect
from db.migration import upgrade
from db.repositories import holds_simulated
from db.schema import table

if TYPE_CHECKING:
    from collector.github.access import Access

log = logging.getLogger(__name__)

PUBLIC_GITHUB = "https://api.github.com"
#: The simulator takes any token; this one says what it is for.
SAMPLE_TOKEN = "opens-the-sample"  # noqa: S105 (no secret)
HOST = "127.0.0.1"
#: How long runs may take to finish their page when `up` ends, in seconds: less than the supervisor waits.
SCHEDULER_GRACE = 4


def collection(
    engine: Engine, configuration: Configuration, report: Callable[[Progress], None]
) -> Collection:
    """What the environment allows to be collected.

    `GITHUB_TOKEN` (several separated by commas) or a GitHub App opens GitHub, or whatever
    `FLOWMETER_GITHUB_URL` names; without them only clones and files are read. All
    clients share one budget. An answer that comes from the bundled simulator makes
    all facts simulated ones, and spares it the pace that GitHub is owed.
    """
    if not asks_github():
        return Collection(engine, configuration, None, simulated=_holds_simulated(engine), report=report)
    from collector.github.client import GitHub

    access = github_access(configuration.github.headroom)
    simulated = access.url != PUBLIC_GITHUB and GitHub(access=access).is_simulator()
    if simulated:
        access.budget.hurry()
    return Collection(
        engine,
        configuration,
        lambda: GitHub(access=access),
        simulated=simulated,
        github_url=access.url,
        report=report,
    )


def asks_github() -> bool:
    """Whether the environment names a token or a GitHub App."""
    return any(
        os.environ.get(name, "").strip(" ,")
        for name in ("GITHUB_TOKEN", "GITHUB_TOKEN_FILE", "GITHUB_APP_ID")
    )


def github_access(headroom: float) -> Access:
    """The way to GitHub for everybody whom the environment names; one a process.

    Raises `CollectorError` for what is incomplete or refused.
    """
    from collector.github.access import Access, utc_now  # PyGithub takes its time to import
    from collector.github.credentials import from_environment

    url = github_url()
    return Access(url, from_environment(os.environ, url, now=utc_now), headroom=headroom)


def github_url() -> str:
    """The base of GitHub's API; raises `CollectorError` for one that is no HTTP URL."""
    url = os.environ.get("FLOWMETER_GITHUB_URL") or PUBLIC_GITHUB
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CollectorError(
            f"{url!r} is no HTTP address",
            to="FLOWMETER_GITHUB_URL",
            next_step=f"Write {PUBLIC_GITHUB}, or your server's, as in https://github.example.com/api/v3",
            retry=False,
        )
    return url.rstrip("/")


def _holds_simulated(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(holds_simulated(connection))


def run_everything(*, port: int, sample: bool) -> int:
    """`flowmeter up`: migrate, then simulator (when needed), scheduler, dashboard; gives the exit status."""
    require_free_port(HOST, port)
    engine = connect()
    upgrade(engine)
    simulated = _runs_on_sample(engine, sample)
    engine.dispose()
    environment: dict[str, str] = {}
    if simulated:
        source = free_port(HOST)
        environment = {
            "GITHUB_TOKEN": SAMPLE_TOKEN,
            "GITHUB_APP_ID": "",
            "FLOWMETER_GITHUB_URL": f"http://{HOST}:{source}",
        }
    elif asks_github():
        _check_tokens()
    supervisor = Supervisor(environment)
    supervisor.listen_to_signals()
    try:
        if simulated:
            supervisor.start("simulator", ["simulate", "--port", str(source)])
        supervisor.start("dashboard", ["serve", "--port", str(port)])
        if simulated:
            supervisor.wait_for("simulator", f"http://{HOST}:{source}/rate_limit", 60)
        supervisor.start("scheduler", ["schedule", "--grace", str(SCHEDULER_GRACE)])
        supervisor.wait_for("dashboard", f"http://{HOST}:{port}/healthz", 60)
        print(_welcome(port, simulated), flush=True)
        return supervisor.run_until_stopped()
    finally:
        supervisor.end()


def _check_tokens() -> None:
    """Raises `CollectorError` when none is accepted; a GitHub that is down is no reason not to start."""
    from collector.github.client import GitHub

    try:
        GitHub(access=github_access(0.0)).check_token()
    except CollectorError as error:
        if not error.retry:
            raise
        log.warning("%s: %s. %s", error.to, error.happened, error.next_step)


def _runs_on_sample(engine: Engine, sample: bool) -> bool:
    with engine.connect() as connection:
        held = holds_simulated(connection)
    if sample or (not asks_github() and held is not False):
        return True
    if held is True:
        raise CollectorError(
            "holds simulated data, and there is a GITHUB_TOKEN now: the two are never mixed",
            to=engine.url.render_as_string(hide_password=True),
            next_step="Go live in a new database (rm the file, or set FLOWMETER_DATABASE_URL), "
            "or stay with the sample: flowmeter up --sample",
            retry=False,
        )
    return False


def _welcome(port: int, simulated: bool) -> str:
    address = f"Flowmeter is at http://{HOST}:{port}  (Ctrl-C ends it)"
    if simulated:
        return f"{address}\nThe data is simulated. To go live: rm -r var; export GITHUB_TOKEN=…; make up"
    if not asks_github():
        return f"{address}\nNo GITHUB_TOKEN: showing what is held; nothing new is collected from GitHub."
    return f"{address}\nCollecting from GitHub: pages fill as it goes; the Data page shows how far it is."


def run_scheduler(collected: Collection, after: AfterCollection, grace: float) -> int:
    """`flowmeter schedule`: run until SIGTERM or SIGINT, then let each job finish its page; the exit status.

    Raises `CollectorError` when it cannot go on by itself. Threads that have not ended after
    `grace` seconds are left: the process has to end without them.
    """
    scheduler = Scheduler(collected, after)

    def ask(_number: int, _frame: FrameType | None) -> None:
        scheduler.over.set()

    signal.signal(signal.SIGINT, ask)
    signal.signal(signal.SIGTERM, ask)
    scheduler.start()
    scheduler.over.wait()
    ended = scheduler.stop(grace)
    if scheduler.failure is not None:
        log.error("%s", scheduler.failure)
    status = 0 if scheduler.failure is None else 1
    if not ended:
        log.warning("ended before every run had finished its page; each goes on from its last one")
        logging.shutdown()
        os._exit(status)
    return status


def schedule_rows(
    engine: Engine, configuration: Configuration, now: datetime
) -> tuple[list[str], Sequence[tuple[Any, ...]]]:
    """What runs when: a row per job: cron line, last result and success, next date, what it waits for.

    The last result counts the newest run over each target, by its state.
    """
    cursors, runs = table("cursors"), table("collector_runs").c
    newest = select(func.max(runs.run_id)).group_by(runs.job, runs.target)
    with engine.connect() as connection:
        found = connection.execute(select(cursors.c.job, cursors.c.finished_at)).all()
        waiting = connection.execute(
            select(runs.job, runs.resume_at, runs.error)
            .where(runs.run_id.in_(newest), runs.state == "waiting")
            .where(or_(runs.resume_at.is_(None), runs.resume_at > now))
            .order_by(runs.resume_at.desc().nulls_first(), runs.run_id)
        )
        goes_on = {row.job: (row.resume_at, row.error) for row in waiting}
        counted = connection.execute(
            select(runs.job, runs.state, func.count())
            .where(runs.run_id.in_(newest))
            .group_by(runs.job, runs.state)
            .order_by(runs.job, runs.state)
        )
        results: dict[str, list[str]] = {}
        for job, state, count in counted:
            results.setdefault(job, []).append(f"{count} {state}")
        made = {
            "metrics": connection.scalar(select(func.max(table("metric_refreshes").c.refreshed_at))),
            "reports": connection.scalar(select(func.max(table("reports").c.made_at))),
        }
    finished: dict[str, datetime] = {}
    for job, moment in found:
        if moment is not None:
            finished[job] = max(moment, finished.get(job, moment))
    rows: list[tuple[Any, ...]] = []
    for job in JOBS:
        cron = getattr(configuration.schedule, job.cadence)
        told = ", ".join(results.get(job.name, ["never run"]))
        last, waits = finished.get(job.name), goes_on.get(job.name, (None, None))
        rows.append((job.name, cron, job.meaning, told, last, plan.next_date(cron, now), *waits))
    for name, last in made.items():
        cron = getattr(configuration.schedule, name)
        told = "done" if last else "never run"
        rows.append(
            (name, cron, f"{name.capitalize()} made anew", told, last, plan.next_date(cron, now), None, None)
        )
    columns = ["job", "cron (UTC)", "meaning", "last result", "last success", "next"]
    return [*columns, "waits until", "waits for"], rows


def who_leads(engine: Engine, now: datetime) -> str:
    """Which scheduler leads, in a sentence."""
    with engine.connect() as connection:
        found = leader(connection, lambda: now)
    return f"The scheduler that leads: {found}" if found else "No scheduler runs: flowmeter schedule"
