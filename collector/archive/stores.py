"""Hour files in an object store: `s3://` and `gs://`, with the credentials that the machine has."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from textwrap import shorten
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pyarrow
from pyarrow import fs

from collector.archive.hours import file_name
from collector.archive.sources import Absent, Answer, Fetched, Unchanged, Unreachable
from collector.benchmarks.downloads import without_secrets
from collector.errors import CollectorError

#: Where Google's store speaks as S3 does, with the keys that it gives for that.
GOOGLE = {"endpoint_override": "storage.googleapis.com", "region": "auto"}
#: Bytes that one request brings.
PART = 8 << 20
WRITTEN = "Write s3://BUCKET/FOLDER?region=REGION or gs://BUCKET/FOLDER"
#: Letters of a client's error that are shown and kept.
TOLD = 200


class Store:
    """A bucket, or a folder of one, with hour files under GH Archive's names.

    The credentials are those that AWS's own tools take (environment, profile, role); for `gs://` they
    are a pair of Google's HMAC keys in the same place. Options stand in the address: `?region=…`,
    `?endpoint_override=HOST:PORT&scheme=https`. The client tries again by itself.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        if not parts.hostname:
            raise CollectorError(
                "names no bucket", to=without_secrets(address), next_step=WRITTEN, retry=False
            )
        options = (GOOGLE if parts.scheme == "gs" else {}) | dict(parse_qsl(parts.query))
        # One writing of what is shown, kept in the ledger and given with every file: nothing that opens it.
        self._shown = without_secrets(urlunsplit((*parts[:2], parts.path.rstrip("/"), "", "")))
        try:
            self._files, folder = fs.FileSystem.from_uri(
                urlunsplit(("s3", parts.netloc, parts.path.rstrip("/"), urlencode(options), ""))
            )
        except (pyarrow.ArrowException, OSError) as error:
            raise CollectorError(
                f"cannot be read: {_told(error)}",
                to=without_secrets(address),
                next_step=WRITTEN,
                retry=False,
            ) from error
        self._folder = folder

    def fetch(self, hour: datetime, into: Path, known_size: int | None) -> Answer:
        """The file, brought whole; `Unreachable` for what the store refuses or breaks off."""
        name = file_name(hour)
        shown, path, part = f"{self._shown}/{name}", into / name, into / f"{name}.part"
        try:
            found = self._files.get_file_info(f"{self._folder}/{name}")
            if found.type != fs.FileType.File:
                return Absent(shown)
            if found.size == known_size:
                return Unchanged(shown)
            with self._files.open_input_file(found.path) as file, part.open("wb") as held:
                for start in range(0, found.size, PART):
                    held.write(file.read_at(PART, start))
        except (pyarrow.ArrowException, OSError) as error:
            part.unlink(missing_ok=True)
            return Unreachable(shown, _told(error))
        if part.stat().st_size != found.size:
            got = part.stat().st_size
            part.unlink()
            return Unreachable(shown, f"broke off after {got:,} of {found.size:,} bytes")
        part.replace(path)
        return Fetched(shown, path, path.stat().st_size, temporary=True)


def _told(error: Exception) -> str:
    """What a client says, without the pages that it says of it."""
    return shorten(str(error).partition("; Details:")[0], TOLD, placeholder=" …")
