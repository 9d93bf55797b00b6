"""The answers of the Performance page worked out naively with pandas, from the tables alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection

DOUBT = {"measured": 0, "published": 1, "inferred": 2, "second-hand": 3}
RESNET_50 = {"resnet", "ResNet-50", "ResNet-50 v1.5", "resnet50", "resnet50_v1.5"}
COMPARED = ["suite", "test", "scenario", "division", "status", "metric", "canonical_unit", "direction"]
COMPARED += ["platform", "device", "devices", "framework", "compiler", "precision"]
SERIES = ["suite", "test", "scenario", "division", "platform", "device", "devices"]


def facts(connection: Connection) -> pd.DataFrame:
    """Every valid result with all that belongs to it."""

    def read(name: str) -> pd.DataFrame:
        return pd.read_sql_table(name, connection)

    frame = (
        read("benchmark_results")
        .merge(read("benchmark_series").drop(columns="environment_key"), on="series_id")
        .merge(read("benchmark_cases").rename(columns={"name": "test"}), on="case_id")
        .merge(read("benchmark_metrics").rename(columns={"name": "metric"}), on="metric_id")
        .merge(read("hardware").rename(columns={"model": "model_of_device"}), on="hardware_id")
        .merge(read("environments"), on="environment_id")
        .merge(read("benchmark_sources")[["source_id", "location", "format"]], on="source_id")
    )
    frame = frame[frame["valid"].astype(bool)].copy()
    frame["measured_at"] = pd.to_datetime(frame["measured_at"], utc=True, format="ISO8601")
    frame["year"] = frame["measured_at"].dt.year
    frame["status"] = frame["status"].fillna("available").str.lower()
    frame["model"] = frame["test"].map(lambda name: "ResNet-50" if name in RESNET_50 else name)
    frame["model"] = frame["model"].replace("mobilenet", "MobileNet")
    frame["device"], frame["devices"] = frame["family"], frame["count"]
    frame["platform"] = frame.apply(platform, axis=1)
    frame["label"] = frame["round"].fillna(frame["year"].astype(str))
    frame["doubt"] = frame["claim"].map(DOUBT)
    return frame


def platform(row: pd.Series) -> str:
    """What people call the line of hardware."""
    if row["hardware_class"] == "power" or "POWER" in str(row["host"]):
        return "POWER"
    for beginning, name in {
        "Hexagon": "Hexagon DSP",
        "Myriad": "Movidius Myriad",
        "Raspberry": "Raspberry Pi",
        "Edge TPU": "Edge TPU",
    }.items():
        if str(row["family"]).startswith(beginning):
            return name
    if str(row["family"]).startswith(("Mali", "Adreno")):
        return "Phone GPU"
    if row["hardware_class"] == "gpu":
        return "NVIDIA GPU" if row["vendor"] == "NVIDIA" else "Other GPU"
    return {"tpu": "TPU", "x86": "x86", "arm": "ARM", "npu": "NPU"}.get(
        str(row["hardware_class"]), "Not stated"
    )


def xla_gain(frame: pd.DataFrame) -> pd.DataFrame:
    """Median, band and share of slower pairs by series, compiler and year."""
    same = ["suite", "test", "scenario", "division", "metric", "canonical_unit", "hardware_id", "framework"]
    same += ["precision", "os", "measured_at", "location"]
    on = frame[frame["compiler"].str.match(r"xla(:|$)")]
    off = frame[frame["compiler"] == "none"][[*same, "value", "spread", "doubt"]]
    pairs = on.merge(off, on=same, suffixes=("", "_off"))
    ratio = pairs["value"] / pairs["value_off"]
    pairs["gain"] = np.where(pairs["direction"] == "higher", ratio, 1 / ratio)
    pairs["noise"] = pairs["spread"] / pairs["value"] + pairs["spread_off"] / pairs["value_off"]
    rows = []
    by = [*SERIES, "framework", "precision", "compiler", "year", "metric"]
    for key, group in pairs.groupby(by, dropna=False):
        gains = sorted(group["gain"])
        rank = [int(np.ceil(share * len(gains))) - 1 for share in (0.1, 0.9)]
        low, high = gains[rank[0]], gains[rank[1]]
        if len(gains) == 1:
            noise = float(group["noise"].iloc[0])
            low, high = gains[0] * (1 - noise), gains[0] * (1 + noise)
        slower = float((group["gain"] < 1).mean())
        doubt = max(group["doubt"].max(), group["doubt_off"].max())
        rows.append([*key, float(np.median(gains)), low, high, len(gains), slower, doubt])
    return pd.DataFrame(rows, columns=[*by, "value", "low", "high", "sample_size", "share", "doubt"])


def without_superseded(frame: pd.DataFrame) -> pd.DataFrame:
    """Published facts give way to the logs of their own round."""
    logged = {
        (row.suite, row.model, row.metric, row.round)
        for row in frame.itertuples()
        if row.format != "reference" and isinstance(row.round, str)
    }
    keys = zip(frame["suite"], frame["model"], frame["metric"], frame["round"], strict=True)
    gone = np.array([key in logged for key in keys], dtype=bool) & (frame["format"] == "reference")
    return frame[~gone]


def time_to_train(frame: pd.DataFrame, division: str, model: str, size: int | None = None) -> dict[Any, Any]:
    """(round, platform or device) → (best, median, number) in seconds."""
    kept = without_superseded(frame[frame["metric"] == "time_to_train"])
    kept = kept[(kept["division"] == division) & (kept["status"] == "available") & (kept["model"] == model)]
    series = "platform"
    if size is not None:
        kept, series = kept[kept["devices"] == size], "device"
    else:
        kept = kept[(kept["format"] != "reference") | (kept["devices"] != 8)]
    return {
        key: (group.min(), group.median(), len(group))
        for key, group in kept.groupby(["label", series])["value"]
    }


def latency_budget(frame: pd.DataFrame, division: str, seconds: float) -> dict[Any, Any]:
    """(platform, model, scenario) → (devices, devices within the budget, best)."""
    kept = without_superseded(frame[frame["metric"].str.startswith("latency")])
    kept = kept[(kept["status"] == "available") & (kept["hardware_class"] != "unknown")]
    kept = kept[kept["division"].isna() | (kept["division"] == division)]
    best = kept.groupby(["platform", "model", "scenario", "device"], dropna=False)["value"].min()
    found = {}
    for key, group in best.groupby(["platform", "model", "scenario"], dropna=False):
        found[key] = (len(group), int((group <= seconds).sum()), group.min())
    return found


def scaling(frame: pd.DataFrame) -> dict[Any, float]:
    """(who or source, label, test, scenario, metric, device, software, devices) → share of linear."""
    kept = frame[frame["metric"].isin(["throughput", "time_to_train"]) & frame["devices"].notna()].copy()
    kept = kept[kept["hardware_class"] != "unknown"]
    kept["who"] = kept["submitter"].fillna(kept["location"])
    kept["when"] = kept["round"].fillna(kept["measured_at"].astype(str))
    kept["speed"] = np.where(kept["direction"] == "higher", kept["value"], 1 / kept["value"])
    by = [
        "suite",
        "who",
        "when",
        "test",
        "scenario",
        "division",
        "status",
        "metric",
        "canonical_unit",
        "model_of_device",
    ]
    by += ["framework", "compiler", "precision"]
    found = {}
    for key, group in kept.groupby(by, dropna=False):
        best = group.groupby("devices")["speed"].max().sort_index()
        for devices, speed in list(best.items())[1:]:
            named = tuple(None if part is np.nan or pd.isna(part) else part for part in key)
            found[(*named, int(devices))] = speed / best.iloc[0] * best.index[0] / devices
    return found


def compared(frame: pd.DataFrame, first: str, second: str) -> dict[Any, float]:
    """Series that both runs have → how many times as good the second is."""
    by = [
        "suite",
        "test",
        "scenario",
        "division",
        "status",
        "metric",
        "canonical_unit",
        "direction",
        "platform",
    ]
    by += ["device", "devices", "framework", "compiler", "precision"]

    def medians(name: str) -> pd.Series:
        named = (frame["revision"] == name) | (frame["round"] == name) | (frame["location"] == name)
        return frame[named].groupby(COMPARED, dropna=False)["value"].median()

    both = pd.concat([medians(first), medians(second)], axis=1, join="inner", keys=["first", "second"])
    ratio = both["second"] / both["first"]
    higher = both.index.get_level_values("direction") == "higher"
    return {
        tuple(None if pd.isna(part) else part for part in key): float(value if up else 1 / value)
        for (key, value), up in zip(ratio.items(), higher, strict=True)
    }
