"""The rules of a fault plan, and reading them from TOML or JSON."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, get_args

from collector.simulator.faults.kinds import KINDS
from collector.simulator.http import Request

_OPERATION = re.compile(r"\b(?:query|mutation)\s+(\w+)")


class FaultError(ValueError):
    """A rule that says something that cannot be."""


@dataclass(frozen=True)
class Rule:
    """One way in which requests go wrong.

    A rule meets a request when method, path and operation fit. Of the requests it meets it spares those
    before the `nth`, then takes each `every`-th one with `probability`, `count` times at most.
    """

    kind: str
    """What goes wrong; one of `collector.simulator.faults.KINDS`."""
    method: str = "*"
    """GET, POST, or * for any."""
    path: str = "*"
    """A path without query and without /api/v3, where * stands for anything; git's addresses are met only by
    a pattern with .git in it."""
    operation: str = ""
    """The name of a GraphQL operation, where * stands for anything; empty for any request."""
    nth: int = 1
    """The first request it may take, counting from 1 those it meets."""
    every: int = 1
    """It takes one in so many of them."""
    probability: float = 1.0
    """With which it takes each: drawn from the plan's seed and the request itself, not from the order."""
    count: int | None = None
    """How often it happens in all; None for ever."""
    status: int | None = None
    """The status to answer with, for kinds that GitHub answers with several."""
    seconds: float | None = None
    """How long: until a limit's reset, of a delay or trickle, or how far a clock is off (may be negative)."""
    retry_after: int | None = None
    """The Retry-After header in seconds; None sends none."""
    share: float | None = None
    """How much of a body arrives (`truncated`, `reset`), or of things is struck (`partial`, `null-users`)."""
    items: int = 1
    """How many issues and pull requests are touched (`touched`)."""
    location: str = ""
    """Where a redirect leads; empty for the same path by the repository's number."""
    message: str = ""
    """Words in place of GitHub's usual ones."""

    def __post_init__(self) -> None:
        """Raises FaultError for what cannot be."""
        if self.kind not in KINDS:
            raise FaultError(f"There is no fault {self.kind!r}; there are {', '.join(sorted(KINDS))}.")
        for name, lowest in (("nth", 1), ("every", 1), ("count", 0), ("items", 1), ("retry_after", 0)):
            value = getattr(self, name)
            if value is not None and value < lowest:
                raise FaultError(f"{name} of the fault {self.kind!r} is {value}; give {lowest} or more.")
        for name in ("probability", "share"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise FaultError(f"{name} of the fault {self.kind!r} is {value}; give 0 to 1.")
        if self.status is not None and not 200 <= self.status <= 599:
            raise FaultError(f"status of the fault {self.kind!r} is {self.status}; give 200 to 599.")

    def meets(self, request: Request) -> bool:
        """Whether method, path and operation of a request fit."""
        if self.method not in ("*", request.method):
            return False
        if ".git/" in request.path and ".git" not in self.path:
            return False
        if not fnmatchcase(request.path, self.path):
            return False
        if not self.operation:
            return True
        return request.path == "/graphql" and fnmatchcase(operation_of(request), self.operation)

    def described(self) -> dict[str, Any]:
        """The rule as JSON, without what it leaves as usual."""
        usual = {each.name: each.default for each in fields(self)}
        return {name: value for name, value in asdict(self).items() if value != usual[name]}


def operation_of(request: Request) -> str:
    """The name of the GraphQL operation a request asks for, empty when it has none."""
    try:
        payload = json.loads(request.body)
        named, text = payload.get("operationName"), str(payload.get("query", ""))
    except (ValueError, AttributeError):
        return ""
    found = _OPERATION.search(text)
    return str(named) if named else found[1] if found else ""


def _allowed(kind: Any) -> tuple[type, ...]:
    """The types of values for a rule's field: a whole number will do for any number."""
    found: tuple[type, ...] = get_args(kind) or (kind,)
    return (*found, int) if float in found else found


_TYPES = {each.name: _allowed(each.type) for each in fields(Rule)}


def rules_from(rows: Any) -> list[Rule]:
    """Rules from a list of tables. Raises FaultError naming the rule that is wrong, and why."""
    if not isinstance(rows, list):
        raise FaultError("A fault plan's rules are a list of tables: [[rule]] in TOML, a list in JSON.")
    found: list[Rule] = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise FaultError(f"Rule {number} is {row!r}; give a table with a kind.")
        for key, value in row.items():
            allowed = _TYPES.get(str(key))
            if allowed is None:
                raise FaultError(f"Rule {number} has {key!r}; rules have {', '.join(_TYPES)}.")
            if not isinstance(value, allowed) or (isinstance(value, bool)):
                raise FaultError(f"Rule {number} has {key} = {value!r}; give {_named(allowed)}.")
        missing = [each.name for each in fields(Rule) if each.default is MISSING and each.name not in row]
        if missing:
            raise FaultError(f"Rule {number} lacks {', '.join(missing)}.")
        try:
            found.append(Rule(**row))
        except FaultError as problem:
            raise FaultError(f"Rule {number}: {problem}") from None
    return found


def _named(allowed: tuple[type, ...]) -> str:
    return "text" if str in allowed else "a number" if float in allowed else "a whole number"


def read_plan(path: Path) -> tuple[list[Rule], int]:
    """The rules and seed in a TOML or JSON file: `seed`, and `rule` (TOML) or `rules`.

    Raises FaultError for a file that is neither or that says what cannot be.
    """
    text = path.read_text(encoding="utf-8")
    try:
        data = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except ValueError as problem:
        raise FaultError(f"The fault plan {path} cannot be read: {problem}.") from None
    return plan_from(data)


def plan_from(data: Any) -> tuple[list[Rule], int]:
    """The rules and seed of a plan as data. Raises FaultError."""
    if isinstance(data, list):
        return rules_from(data), 1
    if not isinstance(data, Mapping):
        raise FaultError("A fault plan is a table with seed and rules, or a list of rules.")
    unknown = set(data) - {"seed", "rule", "rules"}
    if unknown:
        raise FaultError(f"A fault plan has seed and rules, not {', '.join(sorted(map(str, unknown)))}.")
    seed = data.get("seed", 1)
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**63:
        raise FaultError(f"The seed of a fault plan is {seed!r}; give a whole number from 0.")
    rows = [*data["rule"]] if isinstance(data.get("rule"), list) else []
    if "rule" in data and not isinstance(data["rule"], list):
        raise FaultError("A fault plan's rules are a list of tables: write [[rule]], not [rule].")
    more = data.get("rules", [])
    return rules_from([*rows, *more] if isinstance(more, list) else more), seed
