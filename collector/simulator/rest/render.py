"""How REST writes users, repositories, issues, pull requests, comments and reviews."""

from collector.simulator import labels
from collector.simulator.clock import NEVER, iso
from collector.simulator.community import node_id, organization_id
from collector.simulator.contents import first_title_of, title_of
from collector.simulator.http import Json
from collector.simulator.people import Person
from collector.simulator.repository import REACTIONS, Repository
from collector.simulator.snapshot import Snapshot
from collector.simulator.wording import BOT_REPLIES, item_body, pick, reply

GHOST, GHOST_ID = "ghost", 10137


def user(api: str, person: Person) -> Json:
    """An account in brief."""
    return _account(api, person.display_login, person.identity, user_node(person), person.account)


def _account(api: str, login: str, identity: int, node: str, kind: str) -> Json:
    return {
        "login": login,
        "id": identity,
        "node_id": node,
        "gravatar_id": "",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{identity}?v=4",
        "url": f"{api}/users/{login}",
        "html_url": f"{api.removesuffix('/api/v3')}/{login}",
        "type": kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def user_node(person: Person) -> str:
    """An account's global id."""
    return node_id("BOT" if person.account == "Bot" else "U", person.identity)


def author(api: str, repository: Repository, index: int) -> Json | None:
    """The author of something, None when the account is gone."""
    person = repository.population.people[index]
    return None if person.gone else user(api, person)


def author_or_ghost(api: str, repository: Repository, index: int) -> Json:
    """The author of an issue, a pull request or a comment: REST names the account `ghost` for a gone one.

    Reviews, remarks and events have null there, as has all of GraphQL.
    """
    return author(api, repository, index) or ghost(api)


def ghost(api: str) -> Json:
    """The account that stands for every account that is gone."""
    return _account(api, GHOST, GHOST_ID, node_id("U", GHOST_ID), "User")


def owner(api: str, repository: Repository) -> Json:
    """A repository's owner: an organisation, or the person whose it is."""
    if repository.owner_index is not None:
        return user(api, repository.population.people[repository.owner_index])
    login = repository.owner
    identity = organization_id(login)
    return {
        "login": login,
        "id": identity,
        "node_id": node_id("O", identity),
        "type": "Organization",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{identity}?v=4",
        "url": f"{api}/users/{login}",
        "html_url": f"{api.removesuffix('/api/v3')}/{login}",
        "site_admin": False,
    }


def brief_repository(api: str, repository: Repository) -> Json:
    """What stays the same about a repository."""
    spec, root = repository.specification, api.removesuffix("/api/v3")
    return {
        "id": repository.identity,
        "node_id": node_id("R", repository.identity),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": False,
        "owner": owner(api, repository),
        "html_url": f"{root}/{repository.full_name}",
        "description": spec.description or None,
        "fork": False,
        "url": f"{api}/repos/{repository.full_name}",
        "clone_url": f"{root}/{repository.full_name}.git",
        "homepage": spec.homepage or None,
        "language": spec.language,
        "default_branch": spec.branch,
        "topics": list(spec.topics),
        "archived": spec.archived,
        "disabled": False,
        "visibility": "public",
        "license": _license(spec.license),
        "created_at": iso(repository.created),
        "has_issues": True,
        "has_projects": True,
        "has_wiki": True,
        "has_pages": False,
        "has_downloads": True,
        "has_discussions": False,
        "is_template": False,
        "allow_forking": True,
    }


def _license(key: str | None) -> Json | None:
    return (
        None
        if key is None
        else {"key": key.lower(), "name": key, "spdx_id": key, "url": None, "node_id": key}
    )


def full_repository(api: str, snapshot: Snapshot) -> Json:
    """A repository as it is now."""
    pushed = snapshot.pushed_at
    return {
        **brief_repository(api, snapshot.repository),
        "updated_at": iso(max(pushed, snapshot.repository.created)),
        "pushed_at": iso(pushed),
        "size": snapshot.kilobytes,
        "stargazers_count": snapshot.stars,
        "watchers_count": snapshot.stars,
        "watchers": snapshot.stars,
        "forks_count": snapshot.forks,
        "forks": snapshot.forks,
        "open_issues_count": snapshot.open_items,
        "open_issues": snapshot.open_items,
        "score": 1.0,
    }


def label(api: str, repository: Repository, place: int) -> Json:
    """A label."""
    what = labels.LABELS[place]
    identity = repository.ids.start + place
    return {
        "id": identity,
        "node_id": node_id("LA", identity),
        "name": what.name,
        "color": what.color,
        "url": f"{api}/repos/{repository.full_name}/labels/{what.name}",
        "default": False,
        "description": what.description,
    }


def title(repository: Repository, place: int) -> str:
    """The title of an issue or pull request."""
    return title_of(repository, place)


def body(repository: Repository, place: int) -> str:
    """The text of an issue or pull request."""
    if repository.items.exported[place]:
        return f"{first_title_of(repository, place)}\n"
    return item_body(repository.number_for(52, place))


def comment_body(repository: Repository, place: int) -> str:
    """The text of a comment."""
    number = repository.number_for(53, place)
    if int(repository.comments.author[place]) >= repository.population.humans:
        return pick(BOT_REPLIES, number)
    return reply(number)


def moment(second: int) -> str | None:
    """A second, None for what has not happened."""
    return None if second == NEVER else iso(second)


def reactions(repository: Repository, place: int) -> dict[str, int]:
    """The reactions to an issue or pull request, by REST's names for them."""
    kinds = repository.reactions_by_kind(place)
    return {name: kinds[kind] for kind, name in REACTIONS.items()}


def issue(api: str, snapshot: Snapshot, place: int) -> Json:
    """An issue, or a pull request in its role as one."""
    repository = snapshot.repository
    items, address = repository.items, f"{api}/repos/{repository.full_name}"
    number, identity = int(items.number[place]), repository.issue_id(place)
    closed = int(snapshot.closed_at[place])
    reason = snapshot.state_reason(place)
    is_pull = bool(items.is_pull[place])
    kind = "pull" if is_pull else "issues"
    page = f"{api.removesuffix('/api/v3')}/{repository.full_name}/{kind}/{number}"
    result: Json = {
        "url": f"{address}/issues/{number}",
        "repository_url": address,
        "html_url": page,
        "comments_url": f"{address}/issues/{number}/comments",
        "timeline_url": f"{address}/issues/{number}/timeline",
        "id": identity,
        "node_id": node_id("PR", repository.pull_id(place)) if is_pull else node_id("I", identity),
        "number": number,
        "title": title(repository, place),
        "user": author_or_ghost(api, repository, int(items.author[place])),
        "labels": [label(api, repository, each) for each in labels.members(int(items.labels[place]))],
        "state": "open" if closed == NEVER else "closed",
        "locked": snapshot.locked(place),
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": int(snapshot.comment_count[place]),
        "created_at": iso(int(items.created[place])),
        "updated_at": iso(int(snapshot.updated_at[place])),
        "closed_at": moment(closed),
        "author_association": snapshot.association(int(items.author[place])),
        "active_lock_reason": None,
        "body": body(repository, place),
        "reactions": {
            "url": f"{address}/issues/{number}/reactions",
            "total_count": int(items.reactions[place]),
            **reactions(repository, place),
        },
        "state_reason": None if is_pull or reason is None else reason.lower(),
    }
    if is_pull:
        result["draft"] = False
        result["pull_request"] = {
            "url": f"{address}/pulls/{number}",
            "html_url": page,
            "merged_at": moment(closed) if snapshot.merged[place] else None,
        }
    return result


def head_commit(repository: Repository, place: int) -> str:
    """The name of the commit on the branch of a pull request: another than the one that lands it."""
    number = int(repository.items.number[place])
    return f"{repository.number_for(87, number):016x}{repository.number_for(88, number):016x}{number:08x}"


def pull(api: str, snapshot: Snapshot, place: int, base: str | None) -> Json:
    """A pull request as lists show it; `base` is the commit that its branch began with."""
    repository = snapshot.repository
    items, address = repository.items, f"{api}/repos/{repository.full_name}"
    number, identity = int(items.number[place]), repository.pull_id(place)
    closed = int(snapshot.closed_at[place])
    index = int(items.author[place])
    page = f"{api.removesuffix('/api/v3')}/{repository.full_name}/pull/{number}"
    return {
        "url": f"{address}/pulls/{number}",
        "id": identity,
        "node_id": node_id("PR", identity),
        "html_url": page,
        "issue_url": f"{address}/issues/{number}",
        "number": number,
        "state": "open" if closed == NEVER else "closed",
        "locked": False,
        "title": title(repository, place),
        "user": author_or_ghost(api, repository, index),
        "body": body(repository, place),
        "created_at": iso(int(items.created[place])),
        "updated_at": iso(int(snapshot.updated_at[place])),
        "closed_at": moment(closed),
        "merged_at": moment(closed) if snapshot.merged[place] else None,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "milestone": None,
        "draft": False,
        "labels": [label(api, repository, each) for each in labels.members(int(items.labels[place]))],
        "_links": {
            "self": {"href": f"{address}/pulls/{number}"},
            "html": {"href": page},
            "issue": {"href": f"{address}/issues/{number}"},
            "comments": {"href": f"{address}/issues/{number}/comments"},
            "review_comments": {"href": f"{address}/pulls/{number}/comments"},
            "commits": {"href": f"{address}/pulls/{number}/commits"},
        },
        "head": {
            "sha": head_commit(repository, place),
            "ref": f"change-{number}",
            "label": f"{repository.population.people[index].login}:change-{number}",
            "repo": head_repository(api, snapshot, index),
        },
        "base": {
            "sha": base,
            "ref": repository.specification.branch,
            "label": f"{repository.owner}:{repository.specification.branch}",
        },
        "author_association": snapshot.association(index),
        "auto_merge": None,
        "active_lock_reason": None,
    }


def head_repository(api: str, snapshot: Snapshot, author: int) -> Json | None:
    """Where an author's changes come from: a fork, None when its owner is gone, or the repository itself."""
    repository = snapshot.repository
    place = repository.forks.by_owner.get(author)
    if place is None:
        return brief_repository(api, repository)
    return None if repository.population.people[author].gone else fork(api, snapshot, place)


def fork(api: str, snapshot: Snapshot, place: int) -> Json:
    """A fork, as a repository."""
    repository, root = snapshot.repository, api.removesuffix("/api/v3")
    forks = repository.forks
    person = repository.population.people[int(forks.owner[place])]
    name = f"{person.login}/{repository.name}"
    pushed = iso(forks.pushed(place, snapshot.now))
    identity = fork_id(repository, place)
    return {
        **brief_repository(api, repository),
        "id": identity,
        "node_id": node_id("R", identity),
        "full_name": name,
        "owner": user(api, person),
        "fork": True,
        "html_url": f"{root}/{name}",
        "url": f"{api}/repos/{name}",
        "clone_url": f"{root}/{name}.git",
        "created_at": iso(int(forks.made[place])),
        "pushed_at": pushed,
        "updated_at": pushed,
        "stargazers_count": fork_stars(repository, place),
        "watchers_count": fork_stars(repository, place),
        "forks_count": 0,
        "open_issues_count": 0,
    }


def fork_id(repository: Repository, place: int) -> int:
    """The id of a fork as a repository: below 2^31, the most that GraphQL's Int takes."""
    start = repository.ids.start
    # Use cases, which have the ids from a thousand million on, have few forks each.
    return place + (1_000_000_000 + start if start < 10**9 else 1_700_000_000 + (start - 10**9) // 3)


def fork_stars(repository: Repository, place: int) -> int:
    """Stars of a fork: none for nearly all."""
    number = repository.number_for(43, place)
    return (number >> 8) % 9 if number % 100 < 4 else 0


def comment_reactions(repository: Repository, place: int) -> int:
    """How many reacted to a comment: one in twenty has somebody."""
    return repository.number_for(54, place) % 40 // 38


def comment(api: str, snapshot: Snapshot, place: int) -> Json:
    """A comment on an issue or pull request."""
    repository = snapshot.repository
    comments, identity = repository.comments, int(repository.comment_ids[place])
    item = int(comments.item[place])
    number = int(repository.items.number[item])
    address, index = f"{api}/repos/{repository.full_name}", int(comments.author[place])
    kind = "pull" if repository.items.is_pull[item] else "issues"
    page = f"{api.removesuffix('/api/v3')}/{repository.full_name}/{kind}/{number}"
    return {
        "url": f"{address}/issues/comments/{identity}",
        "id": identity,
        "node_id": node_id("IC", identity),
        "html_url": f"{page}#issuecomment-{identity}",
        "issue_url": f"{address}/issues/{number}",
        "user": author_or_ghost(api, repository, index),
        "created_at": iso(int(comments.created[place])),
        "updated_at": iso(int(snapshot.comment_updated[place])),
        "body": comment_body(repository, place),
        "author_association": snapshot.association(index),
        "reactions": {"total_count": comment_reactions(repository, place)},
        "performed_via_github_app": None,
    }
