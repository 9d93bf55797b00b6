"""The simulator's own addresses, `/_simulator/…`, by which a running server is told what to do."""

import json
from typing import Any

from collector.simulator.faults import KINDS, FaultError, Plan, rules_from
from collector.simulator.http import ApiError, Request, Response, encode, not_found

PREFIX = "/_simulator"


class Control:
    """Answers requests to the simulator itself; they need no token and are not counted."""

    def __init__(self, faults: Plan) -> None:
        self._faults = faults

    def handles(self, path: str) -> bool:
        """Whether a path is the simulator's own."""
        return path == PREFIX or path.startswith(PREFIX + "/")

    def respond(self, request: Request) -> Response:
        """The answer; what cannot be is said in `message`, with status 422."""
        try:
            answer = self._answer(request)
        except ApiError as problem:
            return problem.response()
        except FaultError as problem:
            return ApiError(422, str(problem)).response()
        return Response(200, encode(answer), {"Content-Type": "application/json; charset=utf-8"})

    def _answer(self, request: Request) -> Any:
        path = request.path.removeprefix(PREFIX).strip("/")
        if path == "faults":
            return self._plan(request)
        if path == "faults/kinds" and request.method == "GET":
            return {name: kind.summary for name, kind in sorted(KINDS.items())}
        raise not_found()

    def _plan(self, request: Request) -> Any:
        match request.method:
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


def body_of(request: Request) -> Any:
    """The JSON a request carries. Raises ApiError 400 for what is none."""
    try:
        return json.loads(request.body)
    except ValueError as problem:
        raise ApiError(400, f"The body is not JSON: {problem}.") from problem
