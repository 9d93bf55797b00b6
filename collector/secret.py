"""A secret that collecting needs, with the errors that collectors raise."""

from __future__ import annotations

from collections.abc import Mapping

from collector.errors import CollectorError
from db.errors import DatabaseError
from db.secret import secret as any_secret


def secret(name: str, environment: Mapping[str, str] | None = None) -> str:
    """As `db.secret.secret`, but raises `CollectorError`, which no later run mends by itself."""
    try:
        return any_secret(name, environment)
    except DatabaseError as error:
        raise CollectorError(error.happened, to=error.to, next_step=error.next_step, retry=False) from error
