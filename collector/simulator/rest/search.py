"""REST: search for repositories, for issues and in code."""

import hashlib

from collector.simulator.http import ApiError, Json
from collector.simulator.rest import render
from collector.simulator.rest.call import Call, get
from collector.simulator.searching import CAP, search_code, search_issues, search_repositories


def _query(call: Call) -> str:
    text = call.request.query.get("q", "").strip()
    if not text:
        raise ApiError(
            422, "Validation Failed", errors=[{"resource": "Search", "field": "q", "code": "missing"}]
        )
    size, number = call.per_page, max(1, call.request.number("page", 1))
    if (number - 1) * size >= CAP:
        raise ApiError(422, "Only the first 1000 search results are available")
    return text


@get("/search/repositories")
def repositories(call: Call) -> Json:
    """Repositories that match; at most the first thousand are shown."""
    text = _query(call)
    order, descending = call.request.query.get("sort", ""), call.request.query.get("order", "desc") != "asc"
    found = search_repositories(call.community, text, order, descending)
    page = call.page(found[:CAP])
    shown = [render.full_repository(call.request.api, call.community.snapshot(each)) for each in page]
    return {"total_count": len(found), "incomplete_results": False, "items": shown}


@get("/search/issues")
def issues(call: Call) -> Json:
    """Issues and pull requests that match; at most the first thousand are shown."""
    found = search_issues(call.community, _query(call))
    page = call.page(found[:CAP])
    shown = [{**render.issue(call.request.api, snapshot, place), "score": 1.0} for snapshot, place in page]
    return {"total_count": len(found), "incomplete_results": False, "items": shown}


@get("/search/code")
def code(call: Call) -> Json:
    """Files that match; at most the first thousand are shown, and only to who has a token."""
    if call.request.token is None:
        raise ApiError(401, "Requires authentication")
    found = search_code(call.community, _query(call))
    page = call.page(found[:CAP])
    shown = []
    for repository, manifest in page:
        brief = render.brief_repository(call.request.api, repository)
        digest = hashlib.sha256(manifest.text.encode()).hexdigest()[:40]
        kept = (
            "id",
            "node_id",
            "name",
            "full_name",
            "private",
            "owner",
            "html_url",
            "description",
            "fork",
            "url",
        )
        shown.append(
            {
                "name": manifest.path,
                "path": manifest.path,
                "sha": digest,
                "url": f"{brief['url']}/contents/{manifest.path}",
                "html_url": f"{brief['html_url']}/blob/{brief['default_branch']}/{manifest.path}",
                "repository": {name: brief[name] for name in kept},
                "score": 1.0,
            }
        )
    return {"total_count": len(found), "incomplete_results": False, "items": shown}
