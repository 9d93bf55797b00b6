"""MLPerf's system descriptions, in the three forms that they were published in."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from collector.benchmarks import hardware as naming
from collector.benchmarks.formats import File
from collector.benchmarks.hardware import UNSTATED, Hardware, stated
from collector.benchmarks.software import Software, framework_and_version

#: Where descriptions lie: beside the results of a submitter, or (in v0.5 of training) above them.
DESCRIPTION = re.compile(r"(?:^|/)(?:systems/[^/]+|entry)\.json$")
#: A description is a page of text; whatever is larger is something else.
LARGEST = 1 << 20


@dataclass(frozen=True)
class System:
    """A described system; what the description leaves open is None."""

    submitter: str | None
    division: str | None
    status: str | None
    hardware: Hardware
    software: Software


class DescriptionError(ValueError):
    """A description that cannot be read."""


def system(file: File, name: str) -> System:
    """The system that a file describes, called `name`; `DescriptionError` says why it cannot be read."""
    if file.size > LARGEST:
        raise DescriptionError(f"the description has {file.size} bytes; at most {LARGEST} are read")
    with file.open() as content:
        text = content.read(LARGEST).decode("utf-8", "replace")
    fields = _fields(text)
    nodes = fields.get("nodes")
    if isinstance(nodes, list) and nodes:
        nodes = nodes[0]
    return _by_node(fields, nodes, name) if isinstance(nodes, Mapping) else described(fields, name)


def _fields(text: str) -> Mapping[str, Any]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        fields = _key_value_lines(text)
    if not isinstance(fields, Mapping) or not fields:
        raise DescriptionError("the description is neither JSON nor lines of `key: {…}`")
    return fields


def _key_value_lines(text: str) -> Mapping[str, Any]:
    """v0.6's form: lines of `key: {"value": …}`, where `entry` holds a dictionary as Python writes it."""
    fields: dict[str, Any] = {}
    for line in text.splitlines():
        key, separator, rest = line.partition(":")
        if not separator:
            continue
        try:
            fields[key.strip()] = json.loads(rest)["value"]
        except (ValueError, KeyError, TypeError, RecursionError):
            continue  # a line that holds no value; an empty outcome is reported by the caller
    if not fields:
        return fields
    entry = _literal(fields.pop("entry", None))
    if isinstance(entry, Mapping):
        fields.update(entry)
    fields["nodes"] = _literal(fields.get("nodes"))
    fields["submitter"] = fields.get("org")
    return fields


def _literal(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise DescriptionError("the description's entry is no Python literal") from error


def _by_node(fields: Mapping[str, Any], node: Mapping[str, Any], name: str) -> System:
    """v0.5's and v0.6's form, with one kind of node."""
    nodes, each = number(node.get("num_nodes")), number(node.get("num_accelerators"))
    model, host = stated(node.get("accelerator")), stated(node.get("cpu"))
    # Google wrote the whole slice into one line: "tpuv3-512" with 512 accelerators on 32 nodes.
    whole = model is not None and each is not None and model.endswith(f"-{each}")
    processors = re.match(r"(\d+)x ", host or "")
    return _system(
        fields,
        name,
        model=model,
        each=each,
        total=each if whole else None,
        nodes=nodes,
        host=re.sub(r"^\d+x ", "", host) if host else None,
        processors=int(processors.group(1)) if processors else None,
        os=fields.get("os"),
    )


def described(fields: Mapping[str, Any], name: str) -> System:
    """The system called `name`, from the fields that descriptions have in v0.6 and later."""
    return _system(
        fields,
        name,
        model=stated(fields.get("accelerator_model_name")),
        each=number(fields.get("accelerators_per_node")),
        total=None,
        nodes=number(fields.get("number_of_nodes")),
        host=stated(fields.get("host_processor_model_name")),
        processors=number(fields.get("host_processors_per_node")),
        os=fields.get("operating_system"),
    )


def _system(
    fields: Mapping[str, Any],
    name: str,
    *,
    model: str | None,
    each: int | None,
    total: int | None,
    nodes: int | None,
    host: str | None,
    processors: int | None,
    os: object,
) -> System:
    if model is not None:
        count = total if total is not None else times(each, nodes)
        described = naming.hardware(model, count=count, nodes=nodes, host=host, hint=name)
    elif host is not None and each == 0:
        # Only a stated zero means that the processors did the work; a blank says nothing.
        described = naming.hardware(host, count=times(processors, nodes), nodes=nodes, host=host)
    else:
        described = Hardware("unknown", None, UNSTATED.model, UNSTATED.family, None, nodes, host)
    framework, version = framework_and_version(stated(fields.get("framework")))
    board = naming.classify(stated(fields.get("system_name")) or "")
    if described.hardware_class == "arm" == board[0] and not model:
        # A board is better known by its own name than by its processor's.
        described = replace(described, vendor=board[1], family=board[2])
    # There is no way onto a TPU but through XLA, and TensorRT compiles by itself; others do not say.
    by_itself = "tensorrt" if framework == "TensorRT" else "unknown"
    compiler = "xla" if described.hardware_class == "tpu" else by_itself
    return System(
        submitter=stated(fields.get("submitter")),
        division=division(fields.get("division")),
        status=status(fields.get("status")),
        hardware=described,
        software=Software(framework, version, compiler, None, stated(os)),
    )


def number(text: object) -> int | None:
    """A count, or None where the field is blank, N/A or -1."""
    try:
        value = float(str(text).strip())
    except ValueError:
        return 0 if str(text).strip().lower() in ("n/a", "na", "none") else None
    return int(value) if 0 <= value < 1e9 else None


def times(each: int | None, nodes: int | None) -> int | None:
    """So many on each of so many machines, where both are known."""
    return None if not each or nodes is None else each * nodes


def division(text: object) -> str | None:
    """closed or open, as MLPerf's rules know them."""
    word = str(text or "").strip().lower()
    return "closed" if word.startswith("close") else "open" if word.startswith("open") else None


def status(text: object) -> str | None:
    """available (bought or rented), preview or research, whatever the round called it."""
    word = str(text or "").strip().lower()
    if word.startswith(("available", "cloud", "on-prem", "onprem", "on prem")):
        return "available"
    if word.startswith("preview"):
        return "preview"
    return "research" if word.startswith(("research", "rdi", "rdo")) else None
