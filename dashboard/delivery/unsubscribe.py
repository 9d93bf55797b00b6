"""Signed links by which a recipient says that it wants no more, and the record of who did."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from dashboard.delivery.recipients import sealed
from db.schema import table

#: Stands for every report and alert.
ALL = "*"
_TOKEN = re.compile(r"([a-z][a-z0-9-]{0,40})\.([0-9a-f]{32})\.([0-9a-f]{32})")


@dataclass(frozen=True)
class Asked:
    """What a link stands for: a report or alert, and the keyed hash of an address."""

    name: str
    recipient: str


def token(name: str, recipient: str) -> str:
    """The last part of a link: readable by nobody, and made by nobody without the installation's key."""
    return f"{name}.{recipient}.{sealed('unsubscribe', name, recipient)}"


def read_token(given: str) -> Asked | None:
    """What a link stands for; None when it was not made here, or was changed."""
    parts = _TOKEN.fullmatch(given)
    if parts is None:
        return None
    name, recipient, signature = parts.groups()
    right = hmac.compare_digest(signature, sealed("unsubscribe", name, recipient))
    return Asked(name, recipient) if right else None


def unsubscribe(connection: Connection, asked: Asked, now: datetime, *, all_of_them: bool = False) -> None:
    """Keep that the recipient wants no more of it (or of anything); once is as good as twice."""
    held = table("unsubscriptions")
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {"recipient": asked.recipient, "name": ALL if all_of_them else asked.name, "at": now}
    connection.execute(insert(held).values(row).on_conflict_do_nothing(index_elements=["recipient", "name"]))


def subscribe_again(connection: Connection, asked: Asked) -> None:
    """Take it back, for those whose mail program followed the link by itself."""
    held = table("unsubscriptions")
    connection.execute(
        held.delete().where(held.c.recipient == asked.recipient, held.c.name.in_((asked.name, ALL)))
    )


def is_unsubscribed(connection: Connection, name: str, recipient: str) -> bool:
    """Whether the recipient wants none of it."""
    held = table("unsubscriptions")
    found = connection.execute(
        select(held.c.at).where(held.c.recipient == recipient, or_(held.c.name == name, held.c.name == ALL))
    ).first()
    return found is not None
