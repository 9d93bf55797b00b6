"""REST: repositories, their languages, releases, forks, stars' history, commits and contributors."""

from typing import Any

import numpy as np

from collector.simulator.clock import DAY, from_iso, iso
from collector.simulator.commit_comments import commit_comments
from collector.simulator.commits import PROXY
from collector.simulator.community import node_id
from collector.simulator.history import GARDENER, author_of, committer_of, message_of
from collector.simulator.http import ApiError, Json
from collector.simulator.limits import WINDOWS
from collector.simulator.releases import release_tips, releases
from collector.simulator.rest import render
from collector.simulator.rest.call import Call, get
from collector.simulator.rest.issues import since
from collector.simulator.wording import reply

WEEKS_A_PAGE = 30


@get("{repository}")
def one_repository(call: Call) -> Json:
    """One repository in full."""
    return {
        **render.full_repository(call.request.api, call.snapshot),
        "network_count": call.snapshot.forks,
        "subscribers_count": call.snapshot.watchers,
    }


@get("{repository}/languages")
def languages(call: Call) -> Json:
    """Bytes of code by language."""
    return dict(call.repository.specification.languages)


@get("{repository}/topics")
def topics(call: Call) -> Json:
    """The repository's topics."""
    return {"names": list(call.repository.specification.topics)}


@get("{repository}/releases")
def list_releases(call: Call) -> list[Any]:
    """Releases, newest first, with thanks to contributors in the text."""
    address = f"{call.request.api}/repos/{call.repository.full_name}"
    root = f"{call.request.root}/{call.repository.full_name}"
    page = call.page(releases(call.snapshot))
    return [
        {
            "url": f"{address}/releases/{each.identity}",
            "id": each.identity,
            "node_id": node_id("RE", each.identity),
            "tag_name": each.tag,
            "name": each.name,
            "html_url": f"{root}/releases/tag/{each.tag}",
            "target_commitish": call.repository.specification.branch,
            "draft": False,
            "prerelease": each.prerelease,
            "created_at": iso(each.when),
            "published_at": iso(each.when),
            "author": render.author(call.request.api, call.repository, each.author),
            "assets": [],
            "body": each.body,
        }
        for each in page
    ]


@get("{repository}/forks")
def list_forks(call: Call) -> list[Any]:
    """Forks, newest first unless asked for oldest, stargazers or watchers."""
    repository = call.repository
    places: list[int] = list(range(call.snapshot.forks))
    order = call.request.query.get("sort", "newest")
    if order in ("stargazers", "watchers"):
        places.sort(key=lambda place: (-render.fork_stars(repository, place), -place))
    elif order != "oldest":
        places.reverse()
    page = call.page(places, deepest=100_000)
    return [render.fork(call.request.api, call.snapshot, place) for place in page]


@get("{repository}/stargazers")
def stargazers(call: Call) -> list[Any]:
    """Who starred it: closed to all but a repository's own since July 2026."""
    raise ApiError(
        403,
        f"Must have admin rights or be a collaborator to list the stargazers of {call.repository.full_name}.",
    )


@get("{repository}/subscribers")
def subscribers(call: Call) -> list[Any]:
    """Who watches it: closed as the list of stargazers is."""
    raise ApiError(
        403,
        f"Must have admin rights or be a collaborator to list the watchers of {call.repository.full_name}.",
    )


@get("{repository}/stargazers/history")
def star_history(call: Call) -> list[Any]:
    """Stars by week, Sunday first, newest week first."""
    first, counts = call.snapshot.star_days
    opening = first - (first + 4) % 7  # 1970-01-01 was a Thursday
    padded = np.zeros(-(-(counts.size + first - opening) // 7) * 7, dtype=np.int64)
    padded[first - opening : first - opening + counts.size] = counts
    weeks = padded.reshape(-1, 7)
    number = max(1, call.request.number("page", 1))
    size = max(1, min(WEEKS_A_PAGE, call.request.number("per_page", WEEKS_A_PAGE)))
    newest = list(range(len(weeks) - 1, -1, -1))
    if number * size < len(newest):
        call.link(next={"page": number + 1}, last={"page": -(-len(newest) // size)})
    return [
        {"week": (opening + 7 * place) * DAY, "total": int(weeks[place].sum()), "days": weeks[place].tolist()}
        for place in newest[(number - 1) * size : number * size]
    ]


@get("{repository}/commits")
def list_commits(call: Call) -> list[Any]:
    """Commits on the default branch, newest first, optionally between two times."""
    commits, shown = call.repository.commits, call.snapshot.commits_shown
    keep = commits.committed[:shown] >= since(call)
    if until := call.request.query.get("until"):
        keep &= commits.committed[:shown] <= from_iso(until)
    places = np.where(keep)[0][::-1]
    return [_commit(call, int(place)) for place in call.page(places.tolist())]


def _commit(call: Call, place: int) -> Json:
    repository, api = call.repository, call.request.api
    sha = call.community.names.of(repository)[place]
    commits = repository.commits
    index = int(commits.author[place])
    account = repository.population.bot("tensorflower-gardener") if index == PROXY else index

    def signed(text: str, when: int) -> Json:
        name, _, address = text.rstrip(">").rpartition(" <")
        return {"name": name, "email": address, "date": iso(when)}

    return {
        "sha": sha,
        "node_id": node_id("C", repository.ids.start + place),
        "url": f"{api}/repos/{repository.full_name}/commits/{sha}",
        "parents": [],
        "html_url": f"{call.request.root}/{repository.full_name}/commit/{sha}",
        "commit": {
            "author": signed(author_of(repository, place), int(commits.authored[place])),
            "committer": signed(committer_of(repository, place), int(commits.committed[place])),
            "message": message_of(repository, place).rstrip("\n"),
            "comment_count": 0,
        },
        "author": render.author(api, repository, account),
        "committer": _committer(call, place, account),
    }


def _committer(call: Call, place: int, author: int) -> Json | None:
    """The account of a commit's committer: the gardener, the author, or nobody's for GitHub's own merges."""
    repository, text = call.repository, committer_of(call.repository, place)
    if text == author_of(repository, place):
        return render.author(call.request.api, repository, author)
    if text == GARDENER:
        gardener = repository.population.bot("tensorflower-gardener")
        return render.author(call.request.api, repository, gardener)
    return None


@get("{repository}/comments")
def list_commit_comments(call: Call) -> list[Any]:
    """Comments on commits, the oldest first; there is no `since` here."""
    repository, api = call.repository, call.request.api
    address, names = f"{api}/repos/{repository.full_name}", call.community.names.of(repository)
    return [
        {
            "url": f"{address}/comments/{each.identity}",
            "id": each.identity,
            "node_id": node_id("CC", each.identity),
            "user": render.author(api, repository, each.author),
            "position": None,
            "line": None,
            "path": None,
            "commit_id": names[each.commit],
            "created_at": iso(each.when),
            "updated_at": iso(each.when),
            "author_association": call.snapshot.association(each.author),
            "body": reply(repository.number_for(84, each.identity)),
            "reactions": {"total_count": 0},
        }
        for each in call.page(commit_comments(call.snapshot))
    ]


@get("{repository}/tags")
def list_tags(call: Call) -> list[Any]:
    """Tags, newest first, with the commits that they name."""
    api, repository = call.request.api, call.repository
    names = call.community.names.of(repository)
    address = f"{api}/repos/{repository.full_name}"
    return [
        {
            "name": tag,
            "commit": {"sha": names[place], "url": f"{address}/commits/{names[place]}"},
            "zipball_url": f"{address}/zipball/refs/tags/{tag}",
            "tarball_url": f"{address}/tarball/refs/tags/{tag}",
            "node_id": node_id("REF", repository.ids.start + place),
        }
        for tag, place in call.page(list(release_tips(call.snapshot).items()))
    ]


@get("{repository}/contributors")
def contributors(call: Call) -> list[Any]:
    """Who committed most, of at most five hundred."""
    authors = call.repository.commits.author[: call.snapshot.commits_shown]
    people, counts = np.unique(authors[authors >= 0], return_counts=True)
    order = np.argsort(-counts, kind="stable")[:500]
    rows = [
        {**render.user(call.request.api, person), "contributions": int(counts[place])}
        for place in order
        if not (person := call.repository.population.people[int(people[place])]).gone
    ]
    return list(call.page(rows))


@get("/rate_limit")
def rate_limit(call: Call) -> Json:
    """What is left of every budget; asking costs nothing."""
    token = call.request.token
    described = {name: call.budgets.describe(token, name) for name in WINDOWS}
    return {"resources": described, "rate": described["core"]}


@get("/meta")
def meta(_call: Call) -> Json:
    """What kind of GitHub this is."""
    return {"verifiable_password_authentication": False, "installed_version": "3.19.0", "domains": {}}
