"""What flowmeter.toml says of reports and alerts: when, about what, to whom and through which server."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from collector.section import Section
from db.adhoc.stored import read_stored

#: Languages that reports and alerts are written in.
Language = Literal["en", "ko"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
#: What stands for a value that is no business of the file: a variable, or a file that holds it.
REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+")
ADDRESS = re.compile(r"[!-~]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")


def _address(value: str) -> str:
    if not REFERENCE.fullmatch(value) and not ADDRESS.fullmatch(value):
        raise ValueError("write NAME@HOST in plain letters, env:VARIABLE or file:PATH")
    return value


def _hook(value: str) -> str:
    if not REFERENCE.fullmatch(value):
        raise ValueError("a hook's address is a secret: write env:VARIABLE or file:PATH")
    return value


def _zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("write a time zone such as Europe/Berlin or UTC") from error
    return value


def _site(value: str) -> str:
    if not re.fullmatch(r"https?://[A-Za-z0-9.\[\]:-]+(?:/[\w./~-]*)?", value):
        raise ValueError(
            "write the dashboard's address as readers reach it, as in https://flowmeter.example.org"
        )
    return value.rstrip("/")


class Audience(Section):
    """`[[reports.recipients]]` and `[[alerts.recipients]]`: a group of people, and how it is reached."""

    audience: Name
    reads: Literal["", "everybody", "maintainers", "programme-office", "executives"] = ""
    scopes: tuple[str, ...] = ()
    email: tuple[Annotated[str, AfterValidator(_address)], ...] = ()
    webhook: tuple[Annotated[str, AfterValidator(_hook)], ...] = ()

    @model_validator(mode="after")
    def _somebody_is_reached(self) -> Self:
        if not self.email and not self.webhook:
            raise ValueError(f"{self.audience} has neither email nor webhook")
        return self


class ReportQuery(Section):
    """`[[reports.queries]]`: a query whose rows a report shows, asked when it is made."""

    title: Annotated[str, Field(pattern=r"^[^\r\n]{1,120}$")]
    query: str = ""
    sql: str = ""
    file: Path | None = None
    parameters: Mapping[str, str | int | float] = Field(default_factory=dict)
    rows: Annotated[int, Field(ge=1, le=50)] = 20

    @model_validator(mode="after")
    def _it_is_one_query(self) -> Self:
        if sum((bool(self.query), bool(self.sql), self.file is not None)) != 1:
            raise ValueError(f"“{self.title}”: write one of query (a stored one's name), sql and file")
        if self.query and self.query not in read_stored():
            raise ValueError(f"“{self.title}”: there is no stored query {self.query}: flowmeter sql --list")
        return self


class ScheduledReport(Section):
    """`[[reports]]`: a digest, when it is made, for whom, and where its files go."""

    name: Name
    period: Literal["week", "month"] = "week"
    scopes: Annotated[tuple[str, ...], Field(min_length=1)] = ("project",)
    folder: Path = Path("var/reports")
    formats: tuple[Literal["html", "txt", "md", "pdf"], ...] = ("html", "txt")
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    day: Annotated[int, Field(ge=1, le=28)] = 1
    hour: Annotated[int, Field(ge=0, le=23)] = 7
    language: Language = "en"
    skip_if_empty: bool = False
    queries: Annotated[tuple[ReportQuery, ...], Field(max_length=8)] = ()
    recipients: tuple[Audience, ...] = ()

    @model_validator(mode="after")
    def _audiences_read_what_is_made(self) -> Self:
        for group in self.recipients:
            for scope in group.scopes:
                if scope not in self.scopes:
                    raise ValueError(f"{group.audience} reads {scope}, which {self.name} is not made for")
        return self


class Mail(Section):
    """`[mail]`: the server that takes mail, and in whose name it goes."""

    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    sender: Annotated[str, Field(pattern=r"^$|^[!-~]+@[A-Za-z0-9.-]+$")] = ""
    sender_name: Annotated[str, Field(pattern=r"^[^\r\n<>\"]{1,60}$")] = "Flowmeter"

    @model_validator(mode="after")
    def _a_server_needs_a_sender(self) -> Self:
        if self.host and not self.sender:
            raise ValueError("sender is missing: write the address that mail comes from")
        return self


class AlertRule(Section):
    """`[[alerts]]`: what is watched, and who is told when it crosses its line."""

    name: Name
    on: Literal["target", "unusual", "regression", "stale"]
    metric: str = ""
    scopes: Annotated[tuple[str, ...], Field(min_length=1)] = ("project",)
    grain: Literal["week", "month", "quarter", "year"] = "month"
    above: float | None = None
    below: float | None = None
    margin: Annotated[float, Field(ge=0, le=1)] = 0.05
    days: Annotated[int, Field(ge=1)] = 3
    language: Language = "en"
    suite: str = ""
    recipients: tuple[Audience, ...] = ()

    @model_validator(mode="after")
    def _it_says_what_it_needs(self) -> Self:
        if self.on in ("target", "unusual") and not self.metric:
            raise ValueError(f"{self.name} watches {self.on}, and names no metric")
        if self.on == "target" and (self.above is None) == (self.below is None):
            raise ValueError(f"{self.name}: write either above or below")
        return self


class Delivering(Section):
    """`[delivery]`: where readers reach the dashboard."""

    site: Annotated[str, AfterValidator(lambda value: _site(value) if value else value)] = ""
