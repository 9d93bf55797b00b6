"""REST: GitHub Apps, as far as getting a token for an installation needs it."""

from typing import Any

from collector.simulator.apps import APP_ID, SLUG
from collector.simulator.clock import iso
from collector.simulator.community import node_id, organization_id
from collector.simulator.http import ApiError, Json, not_found
from collector.simulator.rest import render
from collector.simulator.rest.call import Call, get, post

PERMISSIONS = {"contents": "read", "issues": "read", "metadata": "read", "pull_requests": "read"}
INSTALLED = "2024-01-01T00:00:00Z"


@get("/app")
def the_app(call: Call) -> Json:
    """The app a JSON web token speaks for."""
    call.apps.check_jwt(call.request.token)
    return {
        "id": APP_ID,
        "slug": SLUG,
        "node_id": node_id("A", APP_ID),
        "name": "Flowmeter",
        "owner": {"login": "tensorflow", "id": organization_id("tensorflow"), "type": "Organization"},
        "description": None,
        "external_url": call.request.root,
        "html_url": f"{call.request.root}/apps/{SLUG}",
        "created_at": INSTALLED,
        "updated_at": INSTALLED,
        "permissions": PERMISSIONS,
        "events": [],
        "installations_count": len(call.apps.installations),
    }


@get("/app/installations")
def installations(call: Call) -> list[Any]:
    """Where the app is installed."""
    call.apps.check_jwt(call.request.token)
    return [_installation(call, number) for number in call.page(list(call.apps.installations))]


@get("/app/installations/{number}")
def one_installation(call: Call) -> Json:
    """One installation."""
    call.apps.check_jwt(call.request.token)
    return _installation(call, int(call.arguments["number"]))


@get("/orgs/{word}/installation")
@get("/users/{word}/installation")
def installation_of_owner(call: Call) -> Json:
    """The installation on an account."""
    call.apps.check_jwt(call.request.token)
    return _installation_on(call, call.arguments["word"])


@get("{repository}/installation")
def installation_of_repository(call: Call) -> Json:
    """The installation a repository belongs to."""
    call.apps.check_jwt(call.request.token)
    return _installation_on(call, call.repository.owner)


@post("/app/installations/{number}/access_tokens")
def new_token(call: Call) -> Json:
    """A token for an installation, good for an hour."""
    call.apps.check_jwt(call.request.token)
    token, issued = call.apps.issue(int(call.arguments["number"]))
    return {
        "token": token,
        "expires_at": iso(issued.expires),
        "permissions": PERMISSIONS,
        "repository_selection": "all",
    }


@get("/installation/repositories")
def repositories_of_installation(call: Call) -> Json:
    """The repositories a token of an installation is for. Raises ApiError 403 for another token."""
    number = call.apps.installation_of(call.request.token)
    if number is None:
        raise ApiError(
            403, "You must authenticate with an installation access token in order to list repositories."
        )
    owner = call.apps.installations[number]
    found = [each for each in call.community.present_repositories() if each.owner == owner]
    page = call.page(found)
    return {
        "total_count": len(found),
        "repository_selection": "all",
        "repositories": [
            render.full_repository(call.request.api, call.community.snapshot(each)) for each in page
        ],
    }


def _installation_on(call: Call, owner: str) -> Json:
    for number, login in call.apps.installations.items():
        if login.lower() == owner.lower():
            return _installation(call, number)
    raise not_found()


def _installation(call: Call, number: int) -> Json:
    owner = call.apps.installations.get(number)
    if owner is None:
        raise not_found()
    account = {"login": owner, "id": organization_id(owner), "type": "Organization"}
    return {
        "id": number,
        "account": account,
        "access_tokens_url": f"{call.request.api}/app/installations/{number}/access_tokens",
        "repositories_url": f"{call.request.api}/installation/repositories",
        "html_url": f"{call.request.root}/organizations/{owner}/settings/installations/{number}",
        "app_id": APP_ID,
        "app_slug": SLUG,
        "target_id": account["id"],
        "target_type": "Organization",
        "permissions": PERMISSIONS,
        "events": [],
        "repository_selection": "all",
        "created_at": INSTALLED,
        "updated_at": INSTALLED,
        "suspended_at": None,
        "suspended_by": None,
    }
