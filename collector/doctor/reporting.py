"""Reports: whether the mail server answers, and whom letters do not reach."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from collector.configuration import Configuration
from collector.doctor.finding import Finding
from db.errors import DatabaseError
from db.schema import table
from db.secret import secret

#: Seconds that the mail server may take for each of its answers.
PATIENCE = 5.0
#: Failures that are older are history.
RECENTLY = timedelta(days=30)
#: So many tries that failed are more than a server that was started anew.
OFTEN = 3


def mail(configuration: Configuration) -> Iterator[Finding]:
    """Whether the configured server answers; nothing is sent."""
    settings = configuration.mail
    if not settings.host:
        return
    place = f"{settings.host}:{settings.port}"
    advice = "Check [mail] in flowmeter.toml; letters wait meanwhile, and none is lost"
    try:
        if settings.user and not secret("FLOWMETER_SMTP_PASSWORD"):
            yield Finding(
                "mail",
                "wrong",
                f"{settings.user} has no password at {place}",
                "Set FLOWMETER_SMTP_PASSWORD, or FLOWMETER_SMTP_PASSWORD_FILE",
            )
        kind = smtplib.SMTP_SSL if settings.security == "tls" else smtplib.SMTP
        with kind(settings.host, settings.port, timeout=PATIENCE) as server:
            if settings.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            server.noop()
    except DatabaseError as error:
        yield Finding("mail", "wrong", f"{error.to}: {error.happened}", error.next_step)
    except ssl.SSLError as error:
        yield Finding("mail", "wrong", f"{place}: its certificate is refused ({error.reason})", advice)
    except (OSError, smtplib.SMTPException) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        yield Finding("mail", "wrong", f"{place} does not answer ({why})", advice)
    else:
        yield Finding("mail", "good", f"{place} answers")


def deliveries(connection: Connection, _configuration: Configuration, now: datetime) -> Iterator[Finding]:
    """Who was not reached lately, and whose letters are tried in vain."""
    held = table("deliveries").c
    rows = connection.execute(
        select(
            held.name, held.label, held.state, func.count().label("count"), func.max(held.error).label("why")
        )
        .where(
            ((held.state == "failed") & (held.updated_at > now - RECENTLY))
            | ((held.state == "pending") & (held.attempts >= OFTEN))
        )
        .group_by(held.name, held.label, held.state)
        .order_by(held.name, held.label)
    ).all()
    for row in rows:
        if row.state == "failed":
            step = "Put the address right in flowmeter.toml, or take it out"
            yield Finding(f"report {row.name}", "wrong", f"{row.label} was not reached: {row.why}", step)
        else:
            step = "It is tried again by itself; flowmeter report list tells more"
            yield Finding(f"report {row.name}", "attention", f"{row.label} is not reached: {row.why}", step)
