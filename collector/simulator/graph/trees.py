"""GraphQL: the folder of proposals on a default branch, and the documents in it."""

from hashlib import sha1
from typing import Any

from collector.simulator.community import node_id
from collector.simulator.contents import document_of, documents
from collector.simulator.graph.fields import field
from collector.simulator.snapshot import Snapshot

FOLDER = "rfcs"


@field("Repository", "object")
def _object(found: Any, _info: Any, expression: str | None = None, **__: Any) -> dict[str, Any] | None:
    """What an expression such as HEAD:rfcs names: of contents, only the folder of proposals is made up."""
    if not isinstance(found, Snapshot) or expression is None:
        return None
    branch, _, path = expression.partition(":")
    if branch not in ("HEAD", found.repository.specification.branch) or path.strip("/") != FOLDER:
        return None
    entries = [_entry(found, document, place) for document, place in sorted(documents(found).items())]
    if not entries:
        return None
    oid = _oid("tree", "".join(f"{entry['name']}{entry['oid']}" for entry in entries))
    return {
        "__typename": "Tree",
        "id": node_id("T", found.repository.identity),
        "oid": oid,
        "abbreviatedOid": oid[:7],
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
