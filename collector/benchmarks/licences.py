"""Which licence a text is: its SPDX name where it is a known one, else the text's own first line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

#: What a file is called that holds the licence of its folder and of all below it.
FILE: Final = re.compile(r"(?:^|/)(?:LICEN[CS]E|COPYING)(?:\.(?:md|txt|rst))?$", re.IGNORECASE)

#: SPDX name → what the text holds, the more particular first.
KNOWN: Final = (
    ("Apache-2.0 WITH LLVM-exception", r"apache license.*llvm exceptions"),
    ("Apache-2.0", r"apache license,?\s+version 2\.0"),
    ("MPL-2.0", r"mozilla public license,?\s+version 2\.0"),
    ("LGPL-3.0", r"gnu lesser general public license\s+version 3"),
    ("LGPL-2.1", r"gnu lesser general public license\s+version 2\.1"),
    ("AGPL-3.0", r"gnu affero general public license\s+version 3"),
    ("GPL-3.0", r"gnu general public license\s+version 3"),
    ("GPL-2.0", r"gnu general public license\s+version 2"),
    ("CC0-1.0", r"cc0 1\.0 universal"),
    ("CC-BY-4.0", r"creative commons attribution 4\.0 international"),
    ("MIT", r"permission is hereby granted, free of charge, to any person obtaining a copy"),
    ("BSD-3-Clause", r"redistribution and use in source and binary forms.*\bneither the name"),
    ("BSD-2-Clause", r"redistribution and use in source and binary forms"),
)
SPDX: Final = re.compile(r"SPDX-License-Identifier:\s*([A-Za-z0-9.+ -]{2,60})")


def licence(text: str) -> str | None:
    """The SPDX name of a licence's text, or its first line; None for an empty one."""
    stated = SPDX.search(text)
    if stated:
        return stated[1].strip()
    flat = " ".join(text.split()).lower()
    for name, pattern in KNOWN:
        if re.search(pattern, flat):
            return name
    return next((line.strip()[:80] for line in text.splitlines() if line.strip()), None)


def covering(path: str, by_folder: Mapping[str, str]) -> str | None:
    """The licence of the nearest folder above a file that has one."""
    return next((by_folder[str(one)] for one in PurePosixPath(path).parents if str(one) in by_folder), None)
