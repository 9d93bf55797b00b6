"""A secret of the environment: in a variable, or in a file that a variable names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from db.errors import DatabaseError

#: More is no secret but another file, named by a slip.
_LARGEST = 65_536


def secret(name: str, environment: Mapping[str, str] | None = None) -> str:
    """What `name` holds, or what stands in the file that `name`_FILE names; empty when neither is set.

    White space around a file's content is no part of it. Raises `DatabaseError` when both are set, since
    one of them would be ignored, and when the file is empty, too large or cannot be read. No error holds
    any part of the secret.
    """
    environment = os.environ if environment is None else environment
    written = environment.get(name, "").strip()
    file = environment.get(f"{name}_FILE", "").strip()
    if not file:
        return written
    if written:
        raise DatabaseError(
            f"is set beside {name}_FILE", to=name, next_step="Set one of the two: the other would be ignored"
        )
    try:
        with Path(file).open(encoding="utf-8") as opened:
            found = opened.read(_LARGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise _unfit(name, file, f"cannot be read ({reason})") from error
    if len(found) > _LARGEST:
        raise _unfit(name, file, f"has more than {_LARGEST:,} characters")
    if not found.strip():
        raise _unfit(name, file, "is empty")
    return found.strip()


def _unfit(name: str, file: str, why: str) -> DatabaseError:
    return DatabaseError(
        f"names {file}, which {why}",
        to=f"{name}_FILE",
        next_step="Name a file that holds the secret alone, and that Flowmeter's user may read",
    )
