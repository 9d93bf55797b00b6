"""flowmeter.toml, read and checked: each error names file, key, value and what is allowed."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from apscheduler.triggers.cron import CronTrigger
from pydantic import AfterValidator, Field, ValidationError, model_validator

from collector.benchmarks.measuring.workloads import suite_named
from collector.configured_reports import AlertRule, Delivering, Mail, ScheduledReport
from collector.errors import CollectorError
from collector.section import Section
from collector.sign_in import SignIn
from db.metrics.names import metric_names

Role = Literal["core", "ecosystem", "compiler", "cloud", "peer", "platform"]
ROLES: tuple[Role, ...] = ("core", "ecosystem", "compiler", "cloud", "peer", "platform")
FULL_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}")


def _full_name(value: str) -> str:
    if not FULL_NAME.fullmatch(value):
        raise ValueError("write OWNER/NAME, as in tensorflow/tensorflow")
    return value


def _cron(value: str) -> str:
    try:
        CronTrigger.from_crontab(value, timezone="UTC")
    except ValueError as error:
        raise ValueError(
            f"write five cron fields (minute hour day month weekday), as in 0 3 * * sun ({error})"
        ) from error
    if re.search(r"\d", value.split()[4]):
        raise ValueError(
            "write week days by name (mon … sun): numbers mean different days to different programs"
        )
    return value


FullName = Annotated[str, AfterValidator(_full_name)]
Cron = Annotated[str, AfterValidator(_cron)]


class Milestone(Section):
    """A day worth a line on every chart."""

    day: date
    title: Annotated[str, Field(min_length=1, max_length=60)]


class Project(Section):
    """`[project]`: whose community this is."""

    name: Annotated[str, Field(min_length=1)]
    steward: Annotated[str, Field(min_length=1)]
    baseline: date = date(2017, 2, 13)
    repository: FullName
    milestones: tuple[Milestone, ...] = ()


class Clone(Section):
    """`[clone]`: whose git history is read from a clone."""

    roles: tuple[Role, ...] = ("core", "ecosystem")
    max_megabytes: Annotated[int, Field(gt=0)] = 2000
    also: tuple[FullName, ...] = ()
    never: tuple[FullName, ...] = ()


class Activity(Section):
    """`[activity]`: whose issues and pull requests are collected."""

    roles: tuple[Role, ...] = ("core", "ecosystem", "compiler", "cloud")
    never: tuple[FullName, ...] = ()
    proposals: tuple[FullName, ...] = ("tensorflow/community",)


class GitHubUse(Section):
    """`[github]`: how GitHub is asked."""

    headroom: Annotated[float, Field(ge=0, le=0.9)] = 0.1


def _word(value: str) -> str:
    if not re.fullmatch(r"[\w@/.+ -]{2,60}", value):
        raise ValueError("write plain words: letters, digits, spaces and . - + / @")
    return value


Word = Annotated[str, AfterValidator(_word)]
Topic = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,49}$")]


class Dependency(Section):
    """A word in a file of a name: what a repository that depends on the project holds."""

    word: Word
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,60}$")]


class UseCases(Section):
    """`[use_cases]`: how repositories that use the project are found."""

    topics: Annotated[tuple[Topic, ...], Field(min_length=1)] = ("tensorflow",)
    words: tuple[Word, ...] = ()
    words_in: Annotated[
        tuple[Literal["name", "description", "topics", "readme"], ...], Field(min_length=1)
    ] = ("name", "description")
    dependencies: tuple[Dependency, ...] = ()
    dependency_requests: Annotated[int, Field(gt=0)] = 60
    since: date = date(2015, 11, 9)
    search_again_days: Annotated[int, Field(gt=0)] = 180
    look_again_days: Annotated[int, Field(gt=0)] = 90


class Schedule(Section):
    """`[schedule]`: when each kind of job runs, as cron in UTC."""

    repositories: Cron = "7 */6 * * *"
    activity: Cron = "*/30 * * * *"
    commits: Cron = "20 */3 * * *"
    releases: Cron = "40 4 * * *"
    popularity: Cron = "50 3 * * *"
    history: Cron = "0 5 2 * *"
    use_cases: Cron = "0 3 * * sun"
    follow_up: Cron = "20 2 * * *"
    reconciliation: Cron = "30 2 * * sat"
    dependents: Cron = "*/30 * * * *"
    benchmarks: Cron = "30 5 * * *"
    measurements: Cron = "0 4 * * sun"
    metrics: Cron = "5 * * * *"
    reports: Cron = "*/10 * * * *"


def _suite(value: str) -> str:
    try:
        return suite_named(value).name
    except CollectorError as error:
        raise ValueError(f"{error.happened}. {error.next_step}") from error


class Benchmarks(Section):
    """`[benchmarks]`: files that are ingested, and suites that are measured, on schedule."""

    sources: tuple[str, ...] = ()
    run: tuple[Annotated[str, AfterValidator(_suite)], ...] = ()


class People(Section):
    """`[people]`: files that tell who took part in programmes."""

    rosters: tuple[Path, ...] = ()


class Configuration(Section):
    """The whole file."""

    project: Project
    repositories: dict[Role, tuple[FullName, ...]]
    clone: Clone = Clone()
    activity: Activity = Activity()
    github: GitHubUse = GitHubUse()
    use_cases: UseCases = UseCases()
    schedule: Schedule = Schedule()
    reports: tuple[ScheduledReport, ...] = ()
    alerts: tuple[AlertRule, ...] = ()
    mail: Mail = Mail()
    delivery: Delivering = Delivering()
    targets: dict[str, float] = Field(default_factory=dict)
    benchmarks: Benchmarks = Benchmarks()
    people: People = People()
    sign_in: SignIn | None = None

    @model_validator(mode="after")
    def _each_repository_has_one_role(self) -> Configuration:
        seen: dict[str, str] = {}
        for role, names in self.repositories.items():
            for name in names:
                if name.lower() in seen:
                    raise ValueError(
                        f"{name} is listed as {seen[name.lower()]} and as {role}: give it one role"
                    )
                seen[name.lower()] = role
        if not self.repositories.get("core"):
            raise ValueError(
                "repositories.core is empty: name at least one repository, as in tensorflow/tensorflow"
            )
        return self

    @model_validator(mode="after")
    def _reports_are_of_scopes_that_exist(self) -> Configuration:
        followed = {name for names in self.repositories.values() for name in names}
        roles = {"role:use_case", *(f"role:{role}" for role in self.repositories)}
        asked: list[tuple[str, ScheduledReport | AlertRule]] = [("reports", each) for each in self.reports]
        asked += [("alerts", each) for each in self.alerts]
        for kind, each in asked:
            for scope in each.scopes:
                if scope != "project" and scope not in followed | roles:
                    raise ValueError(
                        f"{kind}.{each.name}.scopes names {scope!r}: it may be project, "
                        f"{', '.join(sorted(roles))} or a repository that is listed"
                    )
        for kind, names in (
            ("reports", [r.name for r in self.reports]),
            ("alerts", [a.name for a in self.alerts]),
        ):
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"{kind}.{name} stands there twice: give each a name of its own")
        return self

    @model_validator(mode="after")
    def _targets_are_of_metrics_that_exist(self) -> Configuration:
        asked = {f"targets.{name}": name for name in self.targets}
        asked |= {
            f"alerts.{rule.name}.metric = {rule.metric}": rule.metric for rule in self.alerts if rule.metric
        }
        known = metric_names() if asked else []
        for where, name in asked.items():
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f": did you mean {near[0]}?" if near else ": flowmeter metrics list shows them all"
                raise ValueError(f"{where} is no metric{hint}")
        return self

    @cached_property
    def roles(self) -> dict[str, Role]:
        """OWNER/NAME → role, in the order of the file."""
        return {name: role for role in ROLES for name in self.repositories.get(role, ())}

    def clones(self, full_name: str) -> bool:
        """Whether the git history of a repository is read from a clone, size aside."""
        if full_name in self.clone.never:
            return False
        return full_name in self.clone.also or self.roles.get(full_name) in self.clone.roles

    def follows_activity(self, full_name: str) -> bool:
        """Whether its issues and pull requests are collected."""
        return self.roles.get(full_name) in self.activity.roles and full_name not in self.activity.never


def configuration_path() -> Path:
    """`FLOWMETER_CONFIG`, or flowmeter.toml in the working directory, or the one beside the code."""
    named = os.environ.get("FLOWMETER_CONFIG")
    if named:
        return Path(named)
    here = Path("flowmeter.toml")
    return here if here.exists() else Path(__file__).resolve().parents[1] / "flowmeter.toml"


def load(path: Path | None = None) -> Configuration:
    """The configuration in a file; raises `CollectorError` that names file, key, value, what is allowed."""
    path = path or configuration_path()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CollectorError(
            f"cannot be read ({error.strerror})",
            to=str(path),
            next_step="Name a file that can be with FLOWMETER_CONFIG",
            retry=False,
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CollectorError(
            f"is not TOML ({error})", to=str(path), next_step="Put that line right", retry=False
        ) from error
    try:
        return Configuration.model_validate(data)
    except ValidationError as error:
        raise CollectorError(
            "; ".join(_sentence(fault) for fault in error.errors()),
            to=str(path),
            next_step="docs/configuration.md lists every key and what it takes",
            retry=False,
        ) from error


def _sentence(fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"]) or "the file"
    if fault["type"] == "extra_forbidden":
        return f"{key} is not a key that is known"
    if fault["type"] == "missing":
        return f"{key} is missing"
    allowed = fault["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    shown = "" if isinstance(fault["input"], dict) else f" = {fault['input']!r}"
    return f"{key}{shown}: {allowed[0].lower()}{allowed[1:]}"
