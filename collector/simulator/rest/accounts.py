"""REST: accounts, in full, with the organisations that they show."""

from typing import Any

from collector.simulator.clock import from_iso, iso
from collector.simulator.community import node_id, organization_id
from collector.simulator.http import ApiError, Json, not_found
from collector.simulator.people import Person
from collector.simulator.rest import render
from collector.simulator.rest.call import Call, get


def full_user(api: str, person: Person) -> Json:
    """An account in full."""
    return {
        **render.user(api, person),
        "name": person.name,
        "company": person.company,
        "blog": "",
        "location": person.location,
        "email": None,
        "hireable": True if person.hireable else None,
        "bio": person.bio,
        "twitter_username": None,
        "public_repos": person.followers // 3,
        "public_gists": 0,
        "followers": person.followers,
        "following": person.followers // 2,
        "created_at": iso(person.created),
        "updated_at": iso(max(person.created, person.employers[-1][0])),
    }


@get("/users/{word}")
def one_user(call: Call) -> Json:
    """An account by its login."""
    login = call.arguments["word"]
    if login.lower() == render.GHOST:
        return {**render.ghost(call.request.api), "name": "Deleted user", "company": None, "bio": None}
    person = call.community.person(login)
    if person is None:
        raise not_found()
    return full_user(call.request.api, person)


@get("/users/{word}/orgs")
def organizations_of_user(call: Call) -> list[Any]:
    """The organisations that an account shows itself a member of: the steward's people do, half of them."""
    login = call.arguments["word"]
    person = call.community.person(login)
    if person is None and login.lower() != render.GHOST:
        raise not_found()
    if person is None or person.index >= call.community.population.stewards or person.identity % 2:
        return []
    identity = organization_id("tensorflow")
    return [
        {
            "login": "tensorflow",
            "id": identity,
            "node_id": node_id("O", identity),
            "url": f"{call.request.api}/orgs/tensorflow",
            "repos_url": f"{call.request.api}/orgs/tensorflow/repos",
            "avatar_url": f"https://avatars.githubusercontent.com/u/{identity}?v=4",
            "description": None,
        }
    ]


@get("/user/{number}")
def user_by_number(call: Call) -> Json:
    """An account by its id."""
    person = call.community.person_by_identity(int(call.arguments["number"]))
    if person is None:
        raise not_found()
    return full_user(call.request.api, person)


@get("/user")
def viewer(call: Call) -> Json:
    """The account the token belongs to. Raises ApiError 401 without one."""
    if call.request.token is None:
        raise ApiError(401, "Requires authentication")
    if call.apps.installation_of(call.request.token) is not None:
        raise ApiError(403, "Resource not accessible by integration")
    return {
        "login": "flowmeter-reader",
        "id": 1,
        "node_id": node_id("U", 1),
        "type": "User",
        "site_admin": False,
        "name": None,
        "company": None,
        "email": None,
        "created_at": iso(from_iso("2020-01-01")),
    }
