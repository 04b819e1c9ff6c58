"""Candidate pairs by splink on DuckDB: block, compare, weigh. Computes for as long as it takes: run it in a child process."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from quanyu.core.text import bigrams, pinyin
from quanyu.govern.fusion.comparisons import MACROS, Comparison, comparisons
from quanyu.govern.fusion.model import Compared, Link, MatchJob, Pair, Record
from quanyu.govern.fusion.naming import common_places, parse_name

_TRAINED_FROM = 2_000
_MOST_IN_BLOCK = 60
"""A pair of characters that more records have (医院, 中心) says nothing and would make millions of pairs."""
_MOST_WEIGHT = 30.0
_CELL = 0.005
"""Degrees, about 500 m; each record lies in four cells, half a cell apart, so that near neighbours share one."""

_SCHEMA = pa.schema(
    [
        ("unique_id", pa.string()), ("main", pa.string()), ("forms", pa.list_(pa.string())), ("part", pa.string()),
        ("numbers", pa.list_(pa.string())), ("grams", pa.list_(pa.string())), ("sounds", pa.list_(pa.string())),
        ("cells", pa.list_(pa.string())), ("longitude", pa.float64()), ("latitude", pa.float64()),
        ("phones", pa.list_(pa.string())), ("code", pa.string()), ("region", pa.string()),
    ]
)  # fmt: skip
_BLOCKS = ("forms", "sounds", "grams", "cells", "phones")


def match(job: MatchJob) -> list[Pair]:
    """Pairs from `job.keep` on, most confident first."""
    datasets = sorted({record.dataset for record in job.records})
    if len(job.records) < 2 or (job.link is Link.BETWEEN and len(datasets) < 2):
        return []
    used = comparisons(parts_are_one=job.parts_are_one)
    with duckdb.connect(config={"memory_limit": job.memory_limit, "threads": "2"}) as duck:
        for macro in MACROS:
            duck.execute(macro)
        tables = _tables(job, datasets)
        linker = _linker(duck, job, tables, used)
        if min(map(len, tables)) >= _TRAINED_FROM:
            linker = _trained(linker) or _linker(duck, job, tables, used)
        found = linker.inference.predict(threshold_match_probability=job.keep).as_duckdbpyrelation()
        rows = found.order("match_weight desc, unique_id_l, unique_id_r").fetchall()
        names = list(found.columns)
    return _best([_pair(dict(zip(names, row, strict=True)), used) for row in rows])


def _tables(job: MatchJob, datasets: Sequence[str]) -> list[pa.Table]:
    """One for each dataset where only pairs between datasets count, else one for all."""
    rows = _prepared(job.records)
    groups = [rows]
    if job.link is Link.BETWEEN:
        groups = [[row for row in rows if row["unique_id"].startswith(f"{name}/")] for name in datasets]
    return [pa.Table.from_pylist(group, schema=_SCHEMA) for group in groups]


def _linker(
    duck: duckdb.DuckDBPyConnection, job: MatchJob, tables: Sequence[pa.Table], used: Sequence[Comparison]
) -> Linker:
    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=duck)
    inputs = [
        api.register(table, dataset_display_name=f"source_{index}") for index, table in enumerate(tables)
    ]
    settings = SettingsCreator.from_path_or_dict(
        {
            "link_type": "link_only" if job.link is Link.BETWEEN else "dedupe_only",
            "unique_id_column_name": "unique_id",
            "probability_two_random_records_match": 1 / max(20, *map(len, tables)),
            "comparisons": [comparison.settings() for comparison in used],
            "blocking_rules_to_generate_predictions": [
                block_on(one, arrays_to_explode=[one]) for one in _BLOCKS
            ],
            "retain_matching_columns": True,
            "retain_intermediate_calculation_columns": True,
        }
    )
    return Linker(inputs, settings, log_level=logging.ERROR, validate_settings=False)


def _trained(linker: Linker) -> Linker | None:
    """How often chance pairs agree is read from the data; how often true pairs do, by EM over pairs that share a name.

    None where what was learned makes no sense: agreement that speaks against a match, or disagreement for it.
    """
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=7)
    linker.training.estimate_parameters_using_expectation_maximisation(
        block_on("main"), fix_probability_two_random_records_match=True, max_pairs=1e6
    )
    learned = linker.misc.save_model_to_json()["comparisons"]
    return linker if all(_makes_sense(comparison["comparison_levels"]) for comparison in learned) else None


def _makes_sense(levels: Sequence[Mapping[str, Any]]) -> bool:
    weighed = [level for level in levels if "m_probability" in level and "u_probability" in level]
    if len(weighed) < 2:
        return True
    best, worst = weighed[0], weighed[-1]
    return bool(
        best["m_probability"] > best["u_probability"] and worst["m_probability"] < worst["u_probability"]
    )


def _prepared(records: Sequence[Record]) -> list[dict[str, Any]]:
    places = common_places(record.name for record in records)
    rows = [_row(record, places) for record in records]
    frequent = {
        gram
        for gram, count in Counter(gram for row in rows for gram in row["grams"]).items()
        if count > _MOST_IN_BLOCK
    }
    return [{**row, "grams": [gram for gram in row["grams"] if gram not in frequent]} for row in rows]


def _row(record: Record, places: Sequence[str]) -> dict[str, Any]:
    names = [parse_name(text, places) for text in (record.name, *record.aliases)]
    forms = list(dict.fromkeys(form for name in names for form in name.forms))
    return {
        "unique_id": record.id,
        "main": min(forms, key=len),
        "forms": forms,
        "part": names[0].part,
        "numbers": list(names[0].numbers),
        "grams": bigrams(min(forms, key=len)),
        "sounds": list({pinyin(form) for form in forms}),
        "cells": list(_cells(record)),
        "longitude": record.longitude,
        "latitude": record.latitude,
        "phones": list(record.phones),
        "code": record.code,
        "region": record.region,
    }


def _cells(record: Record) -> Iterable[str]:
    if record.longitude is None or record.latitude is None:
        return
    for grid, (right, up) in enumerate(((0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5))):
        yield f"{grid}:{int(record.longitude / _CELL + right)}:{int(record.latitude / _CELL + up)}"


def _pair(row: Mapping[str, Any], used: Sequence[Comparison]) -> Pair:
    return Pair(
        left=row["unique_id_l"],
        right=row["unique_id_r"],
        confidence=round(row["match_probability"], 4),
        compared=tuple(_compared(row, comparison) for comparison in used),
    )


def _compared(row: Mapping[str, Any], comparison: Comparison) -> Compared:
    """splink numbers the levels from the worst, 0, and calls a missing one -1."""
    gamma = row[f"gamma_{comparison.name}"]
    level = "missing" if gamma < 0 else comparison.levels[len(comparison.levels) - 1 - gamma].label
    weight = max(-_MOST_WEIGHT, min(_MOST_WEIGHT, row[f"mw_{comparison.name}"]))
    return Compared(comparison=comparison.name, level=level, weight=round(weight, 2))


def _best(pairs: Iterable[Pair]) -> list[Pair]:
    """One line a pair, however many blocks brought it together."""
    seen: dict[frozenset[str], Pair] = {}
    for pair in pairs:
        seen.setdefault(frozenset((pair.left, pair.right)), pair)
    return list(seen.values())
