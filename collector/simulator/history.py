"""One repository's commits as git objects: their names for the API, their stream for git fast-import."""

import hashlib
from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass

from collector.simulator.clock import NEVER
from collector.simulator.commits import PROXY, Style
from collector.simulator.contents import first_title_of, proposal_of
from collector.simulator.people import Person
from collector.simulator.repository import Repository
from collector.simulator.wording import change_title, paper, pick

LINES_KEPT = 48
LINES_WRITTEN = 24
GARDENER = "TensorFlower Gardener <gardener@tensorflow.org>"
TENSORFLOWER = "A. Unique TensorFlower <gardener@tensorflow.org>"
TFX_NONHUMAN = "tfx-copybara <tensorflow-extended-nonhuman@googlegroups.com>"
GITHUB = "GitHub <noreply@github.com>"
ROUTINE = (
    "Internal change only",
    "Update ops-related pbtxt files.",
    "Automated rollback of the change before",
    "compat: Update forward compatibility horizon",
    "Update GraphDef version.",
    "Integrate LLVM",
    "Go: Update generated wrapper functions.",
)


@dataclass(frozen=True)
class Entry:
    """A commit as it is written: who, when, why, after which commits, and which files with what in them."""

    author: str
    authored: int
    committer: str
    committed: int
    message: bytes
    parents: tuple[int, ...]
    """Places of the parents among the repository's commits."""
    files: tuple[tuple[str, bytes], ...]


def _signature(person: Person, when: int) -> str:
    return f"{person.name or person.signature} <{person.email_at(when)}>"


def author_of(repository: Repository, place: int) -> str:
    """Name and address of a commit's author."""
    commits = repository.commits
    if int(commits.author[place]) == PROXY:
        if repository.specification.name == "tfx":
            return TFX_NONHUMAN
        return GARDENER if repository.number_for(61, place) % 10 == 0 else TENSORFLOWER
    person = signer_of(repository, place)
    return GARDENER if person is None else _signature(person, int(commits.visible[place]))


def signer_of(repository: Repository, place: int) -> Person | None:
    """The person whose name and address a commit's author line holds; None for the accounts that export."""
    commits = repository.commits
    index = int(commits.author[place])
    if index == PROXY:
        return None
    if int(commits.style[place]) == Style.MERGE:
        if repository.specification.landing == "copybara":
            return None
        index = int(repository.items.closer[int(commits.item[place])])
    return repository.population.people[index]


def committer_of(repository: Repository, place: int) -> str:
    """Name and address of a commit's committer."""
    style = int(repository.commits.style[place])
    if repository.specification.landing == "copybara" and style != Style.BRANCH:
        return GARDENER
    if style == Style.SQUASH:
        return GITHUB
    return author_of(repository, place)


def subject_of(repository: Repository, place: int) -> str:
    """The first line of a commit's message."""
    commits = repository.commits
    item, style = int(commits.item[place]), int(commits.style[place])
    number = repository.number_for(62, place)
    if item < 0:
        if int(commits.author[place]) == PROXY and number % 3:
            return pick(ROUTINE, number >> 5)
        return change_title(number)
    what, pull = first_title_of(repository, item), int(repository.items.number[item])
    if style == Style.SQUASH:
        return f"{what} (#{pull})"
    if style == Style.IMPORT:
        return f"PR #{pull}: {what}"
    if style == Style.MERGE:
        login = repository.population.people[int(repository.items.author[item])].signature
        return f"Merge pull request #{pull} from {login}:change-{pull}"
    return what


def message_of(repository: Repository, place: int) -> str:
    """A commit's whole message."""
    commits = repository.commits
    item, style = int(commits.item[place]), int(commits.style[place])
    number = repository.number_for(63, place)
    parts = [subject_of(repository, place)]
    if number % 150 == 0:
        parts.append(f"Follows {paper(number >> 8)}.")
    if style == Style.IMPORT:
        pull = int(repository.items.number[item])
        parts.append(
            f"Imported from GitHub PR https://github.com/{repository.specification.full_name}/pull/{pull}"
        )
    copybara = repository.specification.landing == "copybara" and style != Style.BRANCH
    trailers = [f"PiperOrigin-RevId: {140_000_000 + place * 37}"] if copybara else []
    partner = int(commits.coauthor[place])
    if partner >= 0:
        person = repository.population.people[partner]
        trailers.append(f"Co-authored-by: {_signature(person, int(commits.visible[place]))}")
    if trailers:
        parts.append("\n".join(trailers))
    return "\n\n".join(parts) + "\n"


def _changes(
    repository: Repository, place: int, kept: dict[str, list[bytes]]
) -> tuple[tuple[str, bytes], ...]:
    """The files a commit writes; keeps what is in each."""
    number = repository.number_for(64, place)
    areas = repository.specification.areas
    item = int(repository.commits.item[place])
    proposal = proposal_of(repository, item) if item >= 0 else None
    written: dict[str, bytes] = {}
    for turn in range(1 + (number & 3 == 3) + (number & 15 == 7) * 2):
        pointer = number >> (7 + 9 * turn)
        path = f"{areas[pointer % len(areas)]}/part_{(pointer >> 5) % 4}.py"
        if turn == 0 and proposal is not None:
            path = proposal.path
        added = 1 + (number >> (11 + turn)) % LINES_WRITTEN
        removed = (number >> (17 + turn)) % (added + 1)
        lines = kept.setdefault(path, [])
        del lines[:removed]
        lines.extend(b"%x %d\n" % (number & 0xFFFF, line) for line in range(added))
        del lines[:-LINES_KEPT]
        written[path] = b"".join(lines)
    return tuple(sorted(written.items()))


def entries(repository: Repository) -> Iterator[Entry]:
    """Every commit of a repository up to the horizon, parents before children."""
    commits = repository.commits
    kept: dict[str, list[bytes]] = {}
    head, branch = -1, -1
    branch_files: tuple[tuple[str, bytes], ...] = ()
    for place in range(commits.count):
        style = int(commits.style[place])
        parents: tuple[int, ...] = (head,) if head >= 0 else ()
        if style == Style.MERGE:
            parents = (head, branch) if head >= 0 else (branch,)
        # A merge holds what its branch holds: its files relative to its first parent are the branch's.
        files = branch_files if style == Style.MERGE else _changes(repository, place, kept)
        yield Entry(
            author_of(repository, place),
            int(commits.authored[place]),
            committer_of(repository, place),
            int(commits.committed[place]),
            message_of(repository, place).encode(),
            parents,
            files,
        )
        if style == Style.BRANCH:
            branch, branch_files = place, files
        else:
            head = place


class _Folder:
    """A git tree: its rows, in git's order, and its name."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}
        self.order: list[str] = []
        self.folders: dict[str, _Folder] = {}
        self.name = b""

    def put(self, path: list[str], blob: bytes) -> None:
        """Puts a blob's name at a path and renames every tree above it."""
        if len(path) == 1:
            key, row = path[0], b"100644 " + path[0].encode() + b"\0" + blob
        else:
            folder = self.folders.setdefault(path[0], _Folder())
            folder.put(path[1:], blob)
            # Git sorts a folder as if its name ended with a slash.
            key, row = path[0] + "/", b"40000 " + path[0].encode() + b"\0" + folder.name
        if key not in self.rows:
            insort(self.order, key)
        self.rows[key] = row
        self.name = _hash(b"tree", b"".join([self.rows[each] for each in self.order]))


def _hash(kind: bytes, content: bytes) -> bytes:
    return hashlib.sha1(b"%s %d\0" % (kind, len(content)) + content, usedforsecurity=False).digest()


def commit_names(repository: Repository) -> list[str]:
    """The SHA-1 name of every commit, as git will give it."""
    names: list[str] = []
    root = _Folder()
    for entry in entries(repository):
        for path, content in entry.files:
            root.put(path.split("/"), _hash(b"blob", content))
        head = f"tree {root.name.hex()}\n" + "".join(f"parent {names[place]}\n" for place in entry.parents)
        head += f"author {entry.author} {entry.authored} +0000\n"
        head += f"committer {entry.committer} {entry.committed} +0000\n"
        names.append(_hash(b"commit", head.encode() + b"\n" + entry.message).hex())
    return names


class Names:
    """The names of commits, worked out once a repository."""

    def __init__(self) -> None:
        self._names: dict[int, list[str]] = {}

    def forget(self, repository: Repository) -> None:
        """Lets go of a repository's names."""
        self._names.pop(repository.identity, None)

    def of(self, repository: Repository) -> list[str]:
        """The name of every commit of a repository, in order."""
        names = self._names.get(repository.identity)
        if names is None:
            with repository.lock:
                names = self._names.get(repository.identity)
                if names is None:
                    names = self._names[repository.identity] = commit_names(repository)
        return names


BUILD_REFERENCE = "refs/flowmeter/everything"


def fast_import(repository: Repository) -> Iterator[bytes]:
    """The stream that makes `git fast-import` write every commit up to the horizon."""
    for place, entry in enumerate(entries(repository)):
        lines = [
            f"commit {BUILD_REFERENCE}\nmark :{place + 1}\nauthor {entry.author} {entry.authored} +0000\n"
            f"committer {entry.committer} {entry.committed} +0000\ndata {len(entry.message)}\n".encode(),
            entry.message,
        ]
        for turn, parent in enumerate(entry.parents):
            lines.append(b"%s :%d\n" % (b"merge" if turn else b"from", parent + 1))
        for path, content in entry.files:
            lines.append(b"M 100644 inline %s\ndata %d\n" % (path.encode(), len(content)))
            lines.append(content + b"\n")
        yield b"".join(lines)


def tip(repository: Repository, now: int) -> int:
    """The place of the newest commit on the default branch, -1 before the first."""
    visible = repository.commits.visible
    return int(visible.searchsorted(min(now, NEVER), side="right")) - 1
