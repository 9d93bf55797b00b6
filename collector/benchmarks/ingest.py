"""Benchmark files, folders and archives → pages of rows: finds out each file's format and reads it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from collector.benchmarks.files import Limits, checksum, found_in
from collector.benchmarks.formats import File, Format
from collector.benchmarks.readers import discovered
from collector.benchmarks.reference import FACTS, reference_pages
from collector.benchmarks.rows import Pages
from collector.errors import CollectorError
from collector.jobs import Cursor, Page, Rejection, Source

#: Every format that can be read, the more particular ones first.
FORMATS: tuple[Format, ...] = discovered()
#: Name of the published facts in the job's cursor; no path of flowmeter.toml is empty.
REFERENCE = ""
#: How many files of no known format a refusal names.
NAMED = 5


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


def ingest(paths: Sequence[str], *, now: datetime, limits: Limits | None = None) -> Iterator[Page]:
    """All results of files, folders and archives, as pages that may be written in order.

    Ingesting the same again gives the same rows. Whatever cannot be taken is a
    rejection of its page. `CollectorError` when a path does not exist.
    """
    pages = Pages(now)
    for path in paths:
        yield from _one(Path(path), pages, limits)
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
        try:
            current = fingerprint(Path(written))
            if seen.get(written) == current:
                continue
            for page in ingest([written], now=source.now):
                yield Page(page.rows, {"fingerprints": dict(seen)}, rejections=page.rejections)
        except CollectorError as error:
            missing.append(error)
            continue
        seen[written] = current
        yield Page({}, {"fingerprints": dict(seen)})
    if missing:
        raise missing[0]


def fingerprint_of_facts() -> str:
    """Changes when the published facts that come with the program do."""
    return hashlib.sha256(FACTS.read_bytes()).hexdigest()


def fingerprint(path: Path) -> str:
    """Changes when a file under the path is added, removed, resized or written anew."""
    if not path.exists():
        raise CollectorError(
            "there is no such file or folder",
            to=str(path),
            next_step="Correct benchmarks.sources in flowmeter.toml",
            retry=False,
        )
    entries = sorted(path.rglob("*")) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for entry in entries:
        if entry.is_file():
            state = entry.stat()
            digest.update(
                f"{entry}\0{state.st_size}\0{state.st_mtime_ns}\n".encode("utf-8", "surrogateescape")
            )
    return digest.hexdigest()


def _one(path: Path, pages: Pages, limits: Limits | None) -> Iterator[Page]:
    with found_in(path, recognise, limits) as found:
        pages.reject(found.rejections)
        if found.unknown:
            pages.reject([_unknown(path, found.unknown)])
        for format in FORMATS:
            for group in format.groups([file for file, names in found.files if format.name in names]):
                yield from _read(format, group, pages)


def _read(format: Format, group: Sequence[File], pages: Pages) -> Iterator[Page]:
    reading = format.read(group)
    yield from pages.source(
        format=format.name,
        location=reading.location,
        revision=reading.revision,
        checksum=checksum(group),
        license=reading.license,
        outcomes=list(reading.outcomes),
    )


def _unknown(path: Path, names: Sequence[str]) -> Rejection:
    formats = ", ".join(format.name for format in FORMATS)
    if len(names) == 1:
        return Rejection(names[0], f"is of no known format ({formats})")
    shown = ", ".join(names[:NAMED])
    return Rejection(path.name, f"{len(names)} files are of no known format ({formats}), among them: {shown}")
