"""MLPerf mobile: the app's `results.json` and the summaries of a phone's runs, read together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any, Final

from collector.benchmarks.documents import Unreadable, document
from collector.benchmarks.formats import LAYOUT, Case, File, Reading, Result
from collector.benchmarks.hardware import Hardware, classify, stated
from collector.benchmarks.mlperf_rounds import MOBILE, location, round_of
from collector.benchmarks.mlperf_scores import Entry, result, scenario
from collector.benchmarks.mlperf_summary import (
    THROUGHPUT,
    TITLE,
    Place,
    Summary,
    measures,
    of_a_phone,
    place_of,
    read_summary,
)
from collector.benchmarks.mlperf_systems import DESCRIPTION, LARGEST
from collector.benchmarks.software import Software, framework_and_version
from collector.jobs import Rejection

#: The app's id of a benchmark, by its beginning and end → the model as the folders of results call it.
MODELS: Final = (
    ("IC_tpu", "", "mobilenetEdgeTPU"),
    ("OD", "", "mobiledetSSD"),
    ("IS", "mosaic", "mosaic"),
    ("LU", "", "mobileBERT"),
)
#: What an accelerator's code says of its class, where its name says nothing.
CODES: Final = {
    "dsp": "dsp",
    "htp": "dsp",
    "npu": "npu",
    "apu": "npu",
    "neuron": "npu",
    "ane": "npu",
    "tpu": "tpu",
    "gpu": "gpu",
}
PRECISIONS: Final = ("float32", "float16", "fp16", "uint8", "int8")


@dataclass(frozen=True)
class Phone:
    """Where a phone's files lie, and what its description says."""

    place: Place | None
    told: Mapping[str, Any]
    round: str | None


@dataclass(frozen=True)
class Run:
    """One benchmark of the app: what it ran on and with, and when."""

    entry: Entry
    at: datetime | None


class MlperfMobile:
    """All files of one phone."""

    name = "mlperf_mobile"
    precedence = LAYOUT
    beside = DESCRIPTION

    def recognise(self, path: str, head: bytes) -> bool:
        """The app's JSON by two of its keys, summaries by the app's own folders."""
        place = PurePosixPath(path)
        if place.suffix == ".json":
            return b'"benchmark_id"' in head and b'"loadgen_scenario"' in head
        return place.name == "mlperf_log_summary.txt" and TITLE in head and of_a_phone(path)

    def groups(self, files: Sequence[File]) -> Iterator[Sequence[File]]:
        """The files of a phone's folder, its description first where there is one."""
        described = {file.path: file for file in files if DESCRIPTION.search(file.path)}
        own = sorted((file for file in files if file.path not in described), key=lambda file: file.path)
        for folder, together in groupby(own, key=_folder):
            wanted = str(folder.parent.parent / "systems" / f"{folder.name}.json")
            yield ([described[wanted]] if wanted in described else []) + list(together)

    def read(self, files: Sequence[File]) -> Reading:
        """Throughputs as the app states them, latencies as the summaries do."""
        own = [file for file in files if not DESCRIPTION.search(file.path)]
        round_name = round_of(own[0].path)
        folder = _folder(own[0])
        outcomes: list[Result | Rejection] = []
        described = next((file for file in files if DESCRIPTION.search(file.path)), None)
        phone = Phone(place_of(f"{folder}/x/x"), _description(described, str(folder), outcomes), round_name)
        runs: dict[tuple[str, str | None], Run] = {}
        for file in own:
            if file.path.endswith(".json"):
                outcomes.extend(_app(file, phone, runs))
        for file in own:
            if not file.path.endswith(".json"):
                outcomes.extend(_summary(read_summary(file), phone, runs, file.modified))
        return Reading(location(MOBILE, folder, round_name), outcomes, revision=round_name)


def _folder(file: File) -> PurePosixPath:
    path = PurePosixPath(file.path)
    parts = path.parts
    found = [at for at, part in enumerate(parts[:-2]) if part == "results"]
    return PurePosixPath(*parts[: found[-1] + 2]) if found else path.parent


def _description(file: File | None, folder: str, outcomes: list[Result | Rejection]) -> Mapping[str, Any]:
    if file is None:
        outcomes.append(Rejection(folder, "no description of the phone: of its hardware only the app tells"))
        return {}
    with file.open() as content:
        written = content.read(LARGEST + 1)
    try:
        # Not as strict as with results: published descriptions have keys that stand twice.
        told = json.loads(written.decode("utf-8-sig", "replace")) if len(written) <= LARGEST else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, Mapping):
        outcomes.append(Rejection(file.path, "the description is no JSON object"))
        return {}
    return told


def _app(file: File, phone: Phone, runs: dict[tuple[str, str | None], Run]) -> Iterator[Result | Rejection]:
    """The app's results; `runs` remembers each for the summaries."""
    try:
        told = document(file).content
    except Unreadable as error:
        yield Rejection(file.path, str(error))
        return
    for number, session in enumerate(told if isinstance(told, list) else [told], start=1):
        where = f"{file.path}: session {number}"
        if not isinstance(session, Mapping) or not isinstance(session.get("results"), list):
            yield Rejection(where, "holds no list of results")
            continue
        about = session.get("environment_info")
        for one in session["results"]:
            try:
                run, value, valid = _run(one, about if isinstance(about, Mapping) else {}, phone)
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
                yield Rejection(where, f"a result cannot be read ({type(error).__name__}: {error})"[:160])
                continue
            runs[run.entry.case.name, run.entry.case.scenario] = run
            named = f"{where}, {one['benchmark_id']}"
            if valid is not True:
                run = Run(_invalid(run.entry, "the load generator does not call it valid"), run.at)
            yield result(run.entry, THROUGHPUT, value, named, told_by="log", at=run.at)


def _run(one: Mapping[str, Any], about: Mapping[str, Any], phone: Phone) -> tuple[Run, object, object]:
    identity = str(one["benchmark_id"])
    settings, backend, performance = one["backend_settings"], one["backend_info"], one["performance_run"]
    kind = scenario(one["loadgen_scenario"])
    if kind is None:
        raise ValueError(f"the scenario {one['loadgen_scenario']!r} is not known")
    code = str(settings.get("accelerator_code") or "").lower()
    name = str(settings.get("accelerator_desc") or backend.get("accelerator_name") or "")
    entry = Entry(
        Case(MOBILE, _model(identity), phone.place.division if phone.place else None, kind),
        _hardware(code, name, phone.told, backend, about),
        _software(identity, str(backend.get("backend_name") or ""), phone.told, about),
        phone.place.root.name if phone.place else stated(about.get("manufacturer")),
        phone.place.system if phone.place else stated(about.get("model")),
        None,
        phone.round,
    )
    at = datetime.fromisoformat(performance["start_datetime"])
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return Run(entry, at), performance.get("throughput"), performance.get("loadgen_validity")


def _summary(
    summary: Summary,
    phone: Phone,
    runs: Mapping[tuple[str, str | None], Run],
    modified: datetime | None,
) -> Iterator[Result | Rejection]:
    yield from summary.problems
    if summary.problems:
        return
    place = place_of(summary.path)
    if place is None:
        yield Rejection(summary.path, "no folder names the phone and the model (…/results/PHONE/MODEL/…)")
        return
    run = runs.get((place.model, summary.scenario))
    if run is None:
        case = Case(MOBILE, place.model, place.division, summary.scenario)
        software = _software("", str(summary.said.get("sut name") or ""), phone.told, {})
        # A phone has several that could have done it, and the summary does not say which.
        soc = stated(phone.told.get("Processor Name"))
        hardware = Hardware("unknown", None, soc or "not stated", soc or "not stated", None, 1, soc)
        run = Run(Entry(case, hardware, software, place.root.name, place.system, None, phone.round), None)
    entry = _invalid(run.entry, summary.invalid_reason) if summary.invalid_reason else run.entry
    for one in measures(summary):
        yield result(
            entry,
            one.metric,
            one.value,
            summary.path,
            told_by="log",
            at=run.at,
            otherwise=modified,
            low=one.low,
            high=one.high,
        )


def _invalid(entry: Entry, why: str) -> Entry:
    return replace(entry, invalid_reason=why)


def _model(identity: str) -> str:
    plain = identity.removesuffix("_offline")
    return next(
        (model for begin, end, model in MODELS if plain.startswith(begin) and plain.endswith(end)), identity
    )


def _hardware(
    code: str, name: str, told: Mapping[str, Any], backend: Mapping[str, Any], about: Mapping[str, Any]
) -> Hardware:
    """The part of the phone that did the work: the description's words for what the app names by code."""
    soc = stated(told.get("Processor Name"))
    kind = next((kind for part, kind in CODES.items() if part in code.split("_") or part in code), None)
    accelerators = [stated(told[key]) for key in told if key.lower().startswith("accelerator_type")]
    if kind == "gpu":
        text = stated(told.get("Graphics"))
    elif kind is None:
        text = soc if "cpu" in code or "cpu" in name.lower() else None
    else:
        fitting = [text for text in accelerators if text and name and name.lower() in text.lower()]
        text = next(iter([*fitting, *filter(None, accelerators)]), None)
    text = text or name or code or "not stated"
    found, vendor, family = classify(text)
    if found == "unknown" and kind is not None:
        found, vendor = kind, stated(backend.get("vendor_name")) or stated(about.get("manufacturer"))
    if soc is None or soc == text:
        return Hardware(found, vendor, text, family, None, 1, soc)
    if not any(sign.isdigit() for sign in family):
        # An accelerator without a number is the one of its chip, and that is what people compare.
        family = f"{family} ({soc.removeprefix(f'{vendor} ')})"
    return Hardware(found, vendor, f"{text}, {soc}", family, None, 1, soc)


def _software(identity: str, backend: str, told: Mapping[str, Any], about: Mapping[str, Any]) -> Software:
    lite = "tflite" in backend.lower()
    written = stated(told.get("TFlite Version" if lite else "vendor SDK"))
    written = f"TFLite {written or ''}" if lite else written or backend
    framework, version = framework_and_version(written)
    precision = next((word for word in PRECISIONS if word in identity), None)
    system = stated(about.get("os_name"))
    return Software(framework, version, "unknown", "float16" if precision == "fp16" else precision, system)


FORMAT = MlperfMobile()
