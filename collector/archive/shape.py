"""The parts of GH Archive's events that are read: one structure for all generations of their shapes.

What a generation lacks is NULL: reviews' and reactions' counts in 2015, everything but
numbers and branches of pull requests and the commits of pushes since October 2025. Every
leaf is read as text and made a number or an instant by the SQL, so that all engines
mean the same by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Union

Shape = Mapping[str, Union["Shape", None]]

ACCOUNT: Shape = {"id": None, "login": None, "type": None}
REPOSITORY: Shape = {
    "id": None,
    "fork": None,
    "created_at": None,
    "stargazers_count": None,
    "forks_count": None,
}
THREAD: Shape = {
    "id": None,
    "number": None,
    "title": None,
    "user": ACCOUNT,
    "author_association": None,
    "state": None,
    "created_at": None,
    "updated_at": None,
    "closed_at": None,
    "comments": None,
}
EVENT: Shape = {
    "id": None,
    "type": None,
    "created_at": None,
    "actor": {"id": None, "login": None},
    "repo": {"id": None, "name": None},
    # No key of GitHub's: archives that were generated say so in each of their events.
    "simulated": None,
    "payload": {
        "action": None,
        "number": None,
        "distinct_size": None,
        "ref": None,
        "issue": {
            **THREAD,
            "state_reason": None,
            "reactions": {"total_count": None},
            "pull_request": {"url": None, "merged_at": None},
        },
        "pull_request": {
            **THREAD,
            "merged": None,
            "merged_at": None,
            "merge_commit_sha": None,
            "additions": None,
            "deletions": None,
            "changed_files": None,
            "head": {"repo": {"id": None, "fork": None, "created_at": None}},
            "base": {"repo": REPOSITORY},
        },
        "comment": {
            "id": None,
            "user": ACCOUNT,
            "author_association": None,
            "created_at": None,
            "commit_id": None,
        },
        "review": {
            "id": None,
            "user": ACCOUNT,
            "author_association": None,
            "state": None,
            "submitted_at": None,
        },
        "release": {
            "id": None,
            "tag_name": None,
            "name": None,
            "draft": None,
            "prerelease": None,
            "published_at": None,
        },
        "forkee": {"id": None},
    },
}


def duckdb_columns(shape: Shape = EVENT) -> str:
    """The structure as `read_json` of DuckDB takes its columns."""
    return "{" + ", ".join(f"'{name}': '{_duckdb(part)}'" for name, part in shape.items()) + "}"


def spark_schema(shape: Shape = EVENT) -> str:
    """The structure as `from_json` of Spark takes its schema, with a column for lines that do not fit."""
    fields = ", ".join(f"`{name}` {_spark(part)}" for name, part in shape.items())
    return f"{fields}, `_corrupt_record` STRING"


def _duckdb(part: Shape | None) -> str:
    if part is None:
        return "VARCHAR"
    return "STRUCT(" + ", ".join(f'"{name}" {_duckdb(inner)}' for name, inner in part.items()) + ")"


def _spark(part: Shape | None) -> str:
    if part is None:
        return "STRING"
    return "STRUCT<" + ", ".join(f"`{name}`: {_spark(inner)}" for name, inner in part.items()) + ">"
