"""Where every request comes in: control of the simulator, git or the API, with what goes wrong on purpose."""

from collector.simulator.api import Api
from collector.simulator.control import Control
from collector.simulator.faults import Plan
from collector.simulator.faults.kinds import Setting
from collector.simulator.gitserver import GitServer
from collector.simulator.http import ApiError, Request, Response
from collector.simulator.limits import resource_of


class Desk:
    """Hands a request to whom it concerns."""

    def __init__(self, api: Api, git: GitServer, control: Control, faults: Plan, setting: Setting) -> None:
        self._api = api
        self._git = git
        self._control = control
        self._faults = faults
        self._setting = setting
        self.ended = setting.ended

    def now(self) -> float:
        """Seconds since 1970, as the Date header tells them."""
        return self._setting.budgets.now()

    def respond(self, request: Request, query: str) -> Response:
        """The answer to a request; `query` is what stood after the question mark, as it was written."""
        if self._control.handles(request.path):
            return self._control.respond(request)
        usage = self._setting.budgets.usage
        if self._git.handles(request.path):
            response = self._faults.respond(
                request, lambda asked: self._git.respond(asked, query), self._setting
            )
            usage.answered("git", response.status, int(response.headers.get("Content-Length", "0")))
            return response
        try:
            with self._setting.budgets.one_of_many(request.token):
                response = self._faults.respond(request, self._api, self._setting)
        except ApiError as problem:
            response = problem.response()
        usage.answered(resource_of(request), response.status, len(response.body))
        return response if "X-GitHub-Request-Id" in response.headers else self._api.dressed(response)
