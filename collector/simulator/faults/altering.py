"""What faults change in an answer that GitHub did give."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from collector.simulator.http import Response, encode
from collector.simulator.wording import mix

_USERS = frozenset(
    ["user", "author", "actor", "closed_by", "merged_by", "mergedBy", "committer", "editor", "assignee"]
)
_RESET_AT = re.compile(rb'("resetAt":")([^"]+)(")')


def _rewritten(response: Response, change: Callable[[Any], Any]) -> Response:
    """The answer with its JSON changed; one that is no JSON stays as it is."""
    try:
        data = json.loads(response.body)
    except ValueError:
        return response
    response.body = encode(change(data))
    response.headers.pop("Content-Length", None)
    # What is wrong is not what a client may keep: the tag would bring it back as unchanged.
    response.headers.pop("ETag", None)
    return response


def _struck(draw: int, turn: int, share: float) -> bool:
    return (mix(draw, turn) & 0xFFFFFFFF) / 2**32 < share


def _listed(data: Any, path: list[Any]) -> Iterator[tuple[Any, Any, list[Any]]]:
    """Every thing in a list of GraphQL's data: what holds it, under which key, and its path."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "nodes" and isinstance(value, list):
                for place, each in enumerate(value):
                    if each is not None:
                        yield value, place, [*path, key, place]
            elif key == "edges" and isinstance(value, list):
                for place, each in enumerate(value):
                    if isinstance(each, dict) and each.get("node") is not None:
                        yield each, "node", [*path, key, place, "node"]
            yield from _listed(value, [*path, key])
    elif isinstance(data, list):
        for place, each in enumerate(data):
            yield from _listed(each, [*path, place])


def partial(response: Response, draw: int, share: float | None, message: str) -> Response:
    """GraphQL's answer with some of its data null and an error for each; without lists all of it is."""

    def change(answer: Any) -> Any:
        data = answer.get("data") if isinstance(answer, dict) else None
        if not data:
            return answer
        found = list(_listed(data, []))
        chosen = (
            [each for turn, each in enumerate(found) if _struck(draw, turn, share)]
            if share is not None
            else [found[draw % len(found)]]
            if found
            else []
        )
        if not chosen:
            chosen = [(data, key, [key]) for key in data if key != "rateLimit"]
        errors = answer.setdefault("errors", [])
        gone: list[list[Any]] = []
        for holder, key, path in chosen:
            if any(path[: len(above)] == above for above in gone):
                continue
            gone.append(path)
            holder[key] = None
            errors.append({"message": message, "path": path})
        return answer

    return _rewritten(response, change)


def without_users(response: Response, draw: int, share: float) -> Response:
    """The answer with null where it names users, as for accounts that are gone."""
    turn = 0

    def change(data: Any) -> Any:
        nonlocal turn
        if isinstance(data, dict):
            for key, value in data.items():
                # Git's own signatures (name, email, date) stay: they name no account.
                if key in _USERS and isinstance(value, dict) and "date" not in value:
                    turn += 1
                    if _struck(draw, turn, share):
                        data[key] = None
                        continue
                change(value)
        elif isinstance(data, list):
            for each in data:
                change(each)
        return data

    return _rewritten(response, change)


def incomplete(response: Response, share: float) -> Response:
    """A search's answer that says it is not the whole."""

    def change(data: Any) -> Any:
        if isinstance(data, dict) and "incomplete_results" in data:
            data["incomplete_results"] = True
            data["items"] = data["items"][: int(len(data["items"]) * share)]
        return data

    return _rewritten(response, change)


def skewed(response: Response, seconds: float) -> Response:
    """The answer of a server whose clock is wrong."""
    response.delivery.skew += seconds
    reset = response.headers.get("X-RateLimit-Reset")
    if reset is not None:
        response.headers["X-RateLimit-Reset"] = str(int(reset) + int(seconds))

    def later(found: re.Match[bytes]) -> bytes:
        moment = datetime.fromisoformat(found[2].decode().replace("Z", "+00:00")) + timedelta(seconds=seconds)
        return found[1] + moment.astimezone(UTC).isoformat()[:19].encode() + b"Z" + found[3]

    response.body = _RESET_AT.sub(later, response.body)
    return response
