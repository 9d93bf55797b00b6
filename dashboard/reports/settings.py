"""What reports, alerts and their delivery are told by the configuration: they do not read the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol


class AudienceSettings(Protocol):
    """A group of recipients; `email` and `webhook` hold addresses, `env:VARIABLE` or `file:PATH`."""

    @property
    def audience(self) -> str:
        """Name of the group."""

    @property
    def reads(self) -> str:
        """As whom it reads, one of `audiences.READERS`; empty: by its name."""

    @property
    def scopes(self) -> Sequence[str]:
        """Scopes that it reads of; none for all."""

    @property
    def email(self) -> Sequence[str]:
        """Addresses, or where they stand, one a line."""

    @property
    def webhook(self) -> Sequence[str]:
        """Where the addresses of hooks stand."""


class QuerySettings(Protocol):
    """A query that a report holds: a stored one's name, a SELECT, or a file with one."""

    @property
    def title(self) -> str:
        """What stands above its rows."""

    @property
    def query(self) -> str:
        """Name of a stored query; empty where it is another."""

    @property
    def sql(self) -> str:
        """A SELECT; empty where it stands elsewhere."""

    @property
    def file(self) -> Path | None:
        """A file with a SELECT."""

    @property
    def parameters(self) -> Mapping[str, str | int | float]:
        """Values of its parameters by name."""

    @property
    def rows(self) -> int:
        """Most rows that are shown."""


class ReportSettings(Protocol):
    """A report as the configuration states it."""

    @property
    def name(self) -> str:
        """Name of the report, such as weekly."""

    @property
    def period(self) -> str:
        """`week` or `month`."""

    @property
    def scopes(self) -> Sequence[str]:
        """Names of the scopes that it is made for."""

    @property
    def folder(self) -> Path:
        """Where its files go."""

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that are written: html, txt, md, pdf."""

    @property
    def time_zone(self) -> str:
        """IANA name of the zone that weekday, day and hour are of."""

    @property
    def weekday(self) -> str:
        """The day on which a week's issue is made: mon … sun."""

    @property
    def day(self) -> int:
        """The day of the month on which a month's issue is made, 1 to 28."""

    @property
    def hour(self) -> int:
        """The hour of that day, 0 to 23."""

    @property
    def language(self) -> str:
        """The language that it is written in: `en` or `ko`."""

    @property
    def skip_if_empty(self) -> bool:
        """Whether no issue is made of a period of which nothing is held."""

    @property
    def queries(self) -> Sequence[QuerySettings]:
        """Queries whose rows it shows."""

    @property
    def recipients(self) -> Sequence[AudienceSettings]:
        """Who gets it."""


class AlertSettings(Protocol):
    """An alert as the configuration states it."""

    @property
    def name(self) -> str:
        """Name of the alert."""

    @property
    def on(self) -> str:
        """`target`, `unusual`, `regression` or `stale`."""

    @property
    def metric(self) -> str:
        """The metric that is watched; empty for regressions and staleness."""

    @property
    def scopes(self) -> Sequence[str]:
        """Names of the scopes that are watched."""

    @property
    def grain(self) -> str:
        """Grain of the periods that are compared."""

    @property
    def above(self) -> float | None:
        """It opens when the value reaches this."""

    @property
    def below(self) -> float | None:
        """Or when the value falls to this."""

    @property
    def margin(self) -> float:
        """It is over when the value is back by this share of the line."""

    @property
    def days(self) -> int:
        """Data is stale when its newest day is older than so many days."""

    @property
    def language(self) -> str:
        """The language that it is told in: `en` or `ko`."""

    @property
    def suite(self) -> str:
        """The suite whose regressions are watched; empty for all."""

    @property
    def recipients(self) -> Sequence[AudienceSettings]:
        """Who is told."""


class MailSettings(Protocol):
    """The server that takes mail."""

    @property
    def host(self) -> str:
        """Its name; empty when no mail is sent."""

    @property
    def port(self) -> int:
        """Its port."""

    @property
    def security(self) -> str:
        """`starttls`, `tls` or `none`."""

    @property
    def user(self) -> str:
        """Who logs in; empty for nobody. The password comes from the environment."""

    @property
    def sender(self) -> str:
        """The address that mail comes from."""

    @property
    def sender_name(self) -> str:
        """The name beside it."""
