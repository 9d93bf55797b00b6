"""GraphQL: the folder of proposals on a default branch, and the documents in it."""

from hashlib import sha1
from typing import Any

from collector.simulator.community import node_id
from collector.simulator.contents import document_of, documents
from collector.simulator.graph.commits import commit_of
from collector.simulator.graph.fields import Committed, field
from collector.simulator.snapshot import Snapshot

FOLDER = "rfcs"


@field("Repository", "object")
def _object(
    found: Any, info: Any, expression: str | None = None, oid: str | None = None
) -> dict[str, Any] | Committed | None:
    """A commit by its name, or what an expression such as HEAD:rfcs names.

    Of contents, only the folder of proposals is made up.
    """
    if isinstance(found, Snapshot) and oid is not None:
        return commit_of(found, info.context, oid)
    if not isinstance(found, Snapshot) or expression is None:
        return None
    branch, _, path = expression.partition(":")
    if branch not in ("HEAD", found.repository.specification.branch) or path.strip("/") != FOLDER:
        return None
    entries = [_entry(found, document, place) for document, place in sorted(documents(found).items())]
    if not entries:
        return None
    name = _oid("tree", "".join(f"{entry['name']}{entry['oid']}" for entry in entries))
    return {
        "__typename": "Tree",
        "id": node_id("T", found.repository.identity),
        "oid": name,
        "abbreviatedOid": name[:7],
        "entries": entries,
    }


def _entry(snapshot: Snapshot, path: str, place: int) -> dict[str, Any]:
    document = blob(snapshot, place)
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "type": "blob",
        "mode": 0o100644,
        "oid": document["oid"] if document else "",
        "object": document,
    }


def blob(snapshot: Snapshot, place: int) -> dict[str, Any] | None:
    """The document that the pull request at a place has brought; None where there is none."""
    if not snapshot.has(place):
        return None
    text = document_of(snapshot, place)
    if text is None:
        return None
    oid = _oid("blob", text)
    return {
        "__typename": "Blob",
        "id": node_id("B", snapshot.repository.ids.start + place),
        "oid": oid,
        "abbreviatedOid": oid[:7],
        "text": text,
        "byteSize": len(text.encode()),
        "isBinary": False,
        "isTruncated": False,
    }


def _oid(kind: str, text: str) -> str:
    """The name that git gives to a content."""
    content = text.encode()
    return sha1(f"{kind} {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()
