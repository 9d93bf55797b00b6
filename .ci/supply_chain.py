"""What the locked packages bring along: known vulnerabilities, licences, and a bill of materials.

`supply_chain.py` looks at vulnerabilities and licences and fails for what nobody has let in;
`supply_chain.py bill FILE` writes the bill of materials in CycloneDX' JSON.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
BIN = Path(sys.executable).parent
#: Licences under which a package may be installed beside ours; each part of "A AND B" has to be one.
ALLOWED = re.compile(
    r"MIT(-0|-CMU| License)?|0?BSD(-[023]-Clause| License)?|Apache( Software License|-2\.0| License 2\.0)?"
    r"|ISC( License \(ISCL\))?|PSF-2\.0|Python Software Foundation License|Zlib|CC0-1\.0|Unlicense"
    r"|MPL-2\.0|Mozilla Public License 2\.0 \(MPL 2\.0\)"
    # Used as libraries that whoever installs can replace, which is what these ask for.
    r"|LGPL-3\.0-only|GNU Library or Lesser General Public License \(LGPL\)"
)
#: Packages that name their licence in a file only, which was read: name → licence.
READ_BY_HAND: dict[str, str] = {}


def main(arguments: list[str]) -> int:
    """Look, or write the bill; returns the exit status."""
    if arguments[:1] == ["bill"] and len(arguments) == 2:
        return _run("cyclonedx-py", "requirements", str(LOCK), "--of", "JSON", "-o", arguments[1]).returncode
    if arguments:
        print(__doc__)
        return 2
    return max(_licences(), _vulnerabilities())


def _locked() -> dict[str, str]:
    """The locked packages that are installed here: name → version; those for other systems are not."""
    return {
        found[1].replace("_", "-").lower(): found[2]
        for line in LOCK.read_text(encoding="utf-8").splitlines()
        if (found := re.match(r"([A-Za-z0-9_.-]+)==([^\s;]+)", line))
    }


def _licences() -> int:
    listed = _run("pip-licenses", "--format=json", "--from=mixed")
    if listed.returncode:
        print(listed.stderr, file=sys.stderr)
        return 1
    locked, counts, refused = _locked(), {}, []
    for package in json.loads(listed.stdout):
        name = package["Name"].replace("_", "-").lower()
        if name not in locked:
            continue
        licence = READ_BY_HAND.get(name, package["License"])
        counts[licence] = counts.get(licence, 0) + 1
        if not _allowed(licence):
            refused.append(f"{name}: {licence}")
    print("licences:", ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=_most)))
    for line in refused:
        print(f"licence nobody let in: {line}. Read it; add it to ALLOWED or READ_BY_HAND, or do without")
    return 1 if refused else 0


def _most(item: tuple[str, int]) -> int:
    return -item[1]


def _allowed(licence: str) -> bool:
    """Of alternatives one has to be allowed, of what applies together all."""
    return any(
        all(ALLOWED.fullmatch(part.strip()) for part in re.split(r" AND |; ?", choice))
        for choice in licence.split(" OR ")
    )


def _vulnerabilities() -> int:
    """Fails for a known vulnerability; without the service that knows them, says so and does not."""
    audit = _run(
        "pip-audit", "-r", str(LOCK), "--disable-pip", "--require-hashes", "-f", "json", "--timeout", "10"
    )
    try:
        packages: list[dict[str, Any]] = json.loads(audit.stdout)["dependencies"]
    except (ValueError, KeyError):
        reason = (audit.stderr.strip().splitlines() or ["no answer"])[-1]
        print(f"SKIPPED LOUDLY: vulnerabilities were not looked up: {reason[:200]}", file=sys.stderr)
        return 0
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if unknown:
        told = (
            "no package" if len(unknown) == len(packages) else f"{len(packages) - len(unknown)} packages only"
        )
        print(f"SKIPPED LOUDLY: vulnerabilities: the service that knows them knew {told}", file=sys.stderr)
    found = [(package, one) for package in packages for one in package.get("vulns", ())]
    for package, one in found:
        mended = ", ".join(one["fix_versions"]) or "no version yet"
        print(f"vulnerable: {package['name']} {package['version']}: {one['id']}, mended in {mended}")
    if not found and not unknown:
        print(f"vulnerabilities: none known in {len(packages)} packages")
    return 1 if found else 0


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BIN / program, *arguments], check=False, capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
