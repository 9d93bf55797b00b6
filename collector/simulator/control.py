"""The simulator's own addresses, `/_simulator/…`, by which a running server is told what to do."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any, get_args

from collector.simulator.faults import KINDS, FaultError, Plan, rules_from
from collector.simulator.http import ApiError, Request, Response, encode, not_found
from collector.simulator.interventions import InterventionError, Interventions
from collector.simulator.limits import Budgets, Limits

PREFIX = "/_simulator"


class Control:
    """Answers requests to the simulator itself; they need no token and are not counted."""

    def __init__(self, faults: Plan, interventions: Interventions, budgets: Budgets) -> None:
        self._budgets = budgets
        self._faults = faults
        self._interventions = interventions

    def handles(self, path: str) -> bool:
        """Whether a path is the simulator's own."""
        return path == PREFIX or path.startswith(PREFIX + "/")

    def respond(self, request: Request) -> Response:
        """The answer; what cannot be is said in `message`, with status 422."""
        try:
            answer = self._answer(request)
        except ApiError as problem:
            return problem.response()
        except (FaultError, InterventionError) as problem:
            return ApiError(422, str(problem)).response()
        return Response(200, encode(answer), {"Content-Type": "application/json; charset=utf-8"})

    def _answer(self, request: Request) -> Any:
        match request.method, *request.path.removeprefix(PREFIX).strip("/").split("/"):
            case method, "faults":
                return self._plan(method, request)
            case "GET", "faults", "kinds":
                return {name: kind.summary for name, kind in sorted(KINDS.items())}
            case "PATCH", "repositories", owner, name:
                return self._repository(f"{owner}/{name}", body_of(request))
            case "PATCH", "repositories", owner, name, "issues", number if number.isdigit():
                return self._issue(f"{owner}/{name}", int(number), body_of(request))
            case "PATCH", "users", login:
                return self._user(login, body_of(request))
            case "GET", "usage":
                return self._budgets.usage.described()
            case "DELETE", "usage":
                self._budgets.usage.reset()
                return self._budgets.usage.described()
            case "GET", "limits":
                return asdict(self._budgets.limits)
            case "PUT", "limits":
                self._budgets.restrict(limits_from(body_of(request)))
                return asdict(self._budgets.limits)
            case _:
                raise not_found()

    def _plan(self, method: str, request: Request) -> Any:
        match method:
            case "PUT":
                self._faults.replace_from(body_of(request))
            case "POST":
                self._faults.add(*rules_from(body_of(request)))
            case "DELETE":
                self._faults.clear()
            case "GET":
                pass
            case _:
                raise not_found()
        return self._faults.described()

    def _repository(self, full_name: str, wanted: Any) -> Any:
        hands = self._interventions
        states: dict[str, Callable[[str], None]] = {
            "private": hands.hide,
            "deleted": hands.delete,
            "public": hands.restore,
            "blocked": lambda name: hands.block(name, wanted.get("reason", "dmca")),
        }
        match wanted:
            case {"name": str(new_name)}:
                hands.rename(full_name, new_name)
            case {"state": str(state)} if state in states:
                states[state](full_name)
            case _:
                raise _unclear(wanted, "name (OWNER/NAME), or state: public, private, blocked or deleted")
        return {"done": wanted}

    def _issue(self, full_name: str, number: int, wanted: Any) -> Any:
        hands = self._interventions
        match wanted:
            case {"state": "deleted"}:
                hands.delete_issue(full_name, number)
            case {"state": "discussion"}:
                hands.convert_issue(full_name, number)
            case {"state": "transferred", "to": str(to), "number": int(new_number)}:
                hands.transfer_issue(full_name, number, to, new_number)
            case {"touched": True}:
                title = wanted.get("title")
                hands.touch(full_name, number, None if title is None else str(title))
            case _:
                raise _unclear(
                    wanted,
                    "touched: true (and a title), or state: deleted, discussion, or transferred with to "
                    "(OWNER/NAME) and number",
                )
        return {"done": wanted}

    def _user(self, login: str, wanted: Any) -> Any:
        match wanted:
            case {"login": str(new_login)}:
                self._interventions.rename_user(login, new_login)
            case {"state": "deleted"}:
                self._interventions.delete_user(login)
            case dict() if wanted and set(wanted) <= {"company", "location", "bio"}:
                self._interventions.alter_user(login, **{key: str(value) for key, value in wanted.items()})
            case _:
                raise _unclear(wanted, "login; state: deleted; or company, location and bio")
        return {"done": wanted}


def limits_from(wanted: Any) -> Limits:
    """Limits from a table of their names, GitHub's own where it says nothing. Raises ApiError 422."""
    if not isinstance(wanted, Mapping):
        raise _unclear(wanted, f"any of {', '.join(_LIMITS)}")
    for name, value in wanted.items():
        kinds = _LIMITS.get(name)
        if kinds is None:
            raise _unclear({name: value}, f"any of {', '.join(_LIMITS)}")
        if type(value) not in kinds or (isinstance(value, int) and value < 0):
            raise ApiError(422, f"The limit {name} is {value!r}; give {' or '.join(map(_said, kinds))}.")
    return Limits(**wanted)


def _said(kind: type) -> str:
    return {int: "a whole number from 0", bool: "true or false"}.get(kind, "null")


_LIMITS: dict[str, tuple[type, ...]] = {
    each.name: get_args(each.type) or (each.type,)
    for each in fields(Limits)
    if not isinstance(each.type, str)
}


def body_of(request: Request) -> Any:
    """The JSON a request carries. Raises ApiError 400 for what is none."""
    try:
        return json.loads(request.body)
    except ValueError as problem:
        raise ApiError(400, f"The body is not JSON: {problem}.") from problem


def _unclear(wanted: Any, possible: str) -> ApiError:
    written = ", ".join(map(str, wanted)) if isinstance(wanted, Mapping) else repr(wanted)
    return ApiError(422, f"{written or 'Nothing'} cannot be set here; give {possible}.")
