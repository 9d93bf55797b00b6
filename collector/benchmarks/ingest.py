"""Benchmark files from wherever they lie → pages of rows: finds out each file's format and reads it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from collector.benchmarks.files import Limits, checksum, found_in
from collector.benchmarks.formats import File, Format
from collector.benchmarks.licences import covering
from collector.benchmarks.readers import discovered
from collector.benchmarks.reference import FACTS, reference_pages
from collector.benchmarks.rows import Pages
from collector.benchmarks.sources import Opened, named, opened
from collector.errors import CollectorError
from collector.jobs import Cursor, Page, Rejection, Source

#: Every format that can be read, the more particular ones first.
FORMATS: tuple[Format, ...] = discovered()
#: Name of the published facts in the job's cursor; no path of flowmeter.toml is empty.
REFERENCE = ""
#: How many files of no known format a refusal names.
NAMED = 10


@dataclass
class Tally:
    """What an ingest came to: results taken, by format of refusal the number of times, and examples."""

    results: int = 0
    sources: int = 0
    rejections: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Rejection] = field(default_factory=dict)

    def add(self, page: Page) -> None:
        """Counts a page in. A source that fills several pages counts once."""
        self.results += len(page.rows.get("benchmark_results", ()))
        self.sources += len(page.rows.get("benchmark_sources", ()))
        for rejection in page.rejections:
            reason = re.sub(r"'[^']*'|\([^)]*\)|\d[\d.,]*", "…", rejection.why)
            self.rejections[reason] += 1
            self.examples.setdefault(reason, rejection)


def recognise(path: str, head: bytes) -> tuple[str, ...]:
    """The name of the format that a file is of, or else of all whose results it stands beside."""
    for format in FORMATS:
        if format.recognise(path, head):
            return (format.name,)
    return tuple(format.name for format in FORMATS if format.beside and format.beside.search(path))


def ingest(sources: Sequence[str], *, now: datetime, limits: Limits | None = None) -> Iterator[Page]:
    """All results of files, folders, archives, addresses and repositories, as pages written in order.

    Ingesting the same again gives the same rows. Whatever cannot be taken is a
    rejection of its page. `CollectorError` when a source cannot be had.
    """
    pages = Pages(now)
    for written in sources:
        with opened(written) as source:
            if source is not None:
                yield from _one(source, pages, limits)
    yield from pages.rest()


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """The scheduled job: the published facts, and `benchmarks.sources` of flowmeter.toml.

    Only what changed since last time is read: the cursor holds one fingerprint
    a source. A source that is missing does not keep the others from being read;
    it is reported at the end as `CollectorError`.
    """
    seen = dict(cursor.get("fingerprints", {}))
    missing: list[CollectorError] = []
    facts = fingerprint_of_facts()
    if seen.get(REFERENCE) != facts:
        for page in reference_pages(source.now):
            yield Page(page.rows, {"fingerprints": dict(seen)})
        seen[REFERENCE] = facts
        yield Page({}, {"fingerprints": dict(seen)})
    for written in source.configuration.benchmarks.sources:
        # An address may hold a password: the cursor does not.
        name = named(written)
        try:
            with opened(written, seen.get(name)) as found:
                if found is None:
                    continue
                pages = Pages(source.now)
                for page in chain(_one(found, pages, None), pages.rest()):
                    yield Page(page.rows, {"fingerprints": dict(seen)}, rejections=page.rejections)
                seen[name] = found.state
        except CollectorError as error:
            missing.append(error)
            continue
        yield Page({}, {"fingerprints": dict(seen)})
    if missing:
        raise missing[0]


def fingerprint_of_facts() -> str:
    """Changes when the published facts that come with the program do."""
    return hashlib.sha256(FACTS.read_bytes()).hexdigest()


def _one(source: Opened, pages: Pages, limits: Limits | None) -> Iterator[Page]:
    what = source.stream or source.path
    if what is None:
        raise ValueError(f"{source.root} is neither a path nor a stream")
    with found_in(what, recognise, limits, source.root) as found:
        pages.reject(found.rejections)
        if found.unknown:
            pages.reject([_unknown(source.root, found.unknown)])
        unread = {file.path for file, _ in found.files}
        for format in FORMATS:
            for group in format.groups([file for file, names in found.files if format.name in names]):
                unread.difference_update(file.path for file in group)
                yield from _read(format, group, pages, source, covering(group[0].path, found.licences))
        if unread:
            pages.reject([_described_in_vain(source.root, sorted(unread))])


def _read(
    format: Format, group: Sequence[File], pages: Pages, source: Opened, license: str | None
) -> Iterator[Page]:
    reading = format.read(group)
    # What names itself is called so wherever it lies; what goes by its path gets the address before it.
    inside = any(file.path.startswith(reading.location) for file in group)
    yield from pages.source(
        format=format.name,
        location=f"{source.prefix}{reading.location}" if inside else reading.location,
        revision=reading.revision or source.revision,
        checksum=checksum(group),
        license=reading.license or license or source.license,
        outcomes=list(reading.outcomes),
    )


def _described_in_vain(root: str, names: Sequence[str]) -> Rejection:
    if len(names) == 1:
        return Rejection(names[0], "describes results that are not here")
    shown = ", ".join(names[:NAMED])
    return Rejection(root, f"{len(names)} files describe results that are not here, among them: {shown}")


def _unknown(root: str, names: Sequence[str]) -> Rejection:
    formats = ", ".join(format.name for format in FORMATS)
    if len(names) == 1:
        return Rejection(names[0], f"is of no known format ({formats})")
    shown = ", ".join(names[:NAMED])
    return Rejection(root, f"{len(names)} files are of no known format ({formats}), among them: {shown}")
