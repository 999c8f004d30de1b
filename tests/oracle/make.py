#!/usr/bin/python3
"""Writes the golden files of tests/golden/oracle, or with --check compares them with the libraries installed here.

A family is a module function cases_NAME () of families.py that yields Case objects: a text of Weft, its inputs, and a Python
function over the same inputs that computes what NumPy, SciPy or PyTorch says, in float64. make.py evaluates and writes them.

    make.py [--check] [FAMILY...]

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import json
import os
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import families  # noqa: E402
from samples import sample  # noqa: E402

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden", "oracle")
# Of the largest number: float32 rounds at 6e-8, and a sum of a few dozen terms or a special function takes a few of these.
TOLERANCE = {"f32": 2e-6, "f64": 1e-11}


def number(x, dtype):
    if dtype == "bool":
        return int(x)
    if dtype in ("i32", "i64"):
        return int(x)
    x = float(x)
    if np.isnan(x):
        return "nan"
    if np.isinf(x):
        return "inf" if x > 0 else "-inf"
    x = float(f"{x:.9g}" if dtype == "f32" else f"{x:.17g}")
    return int(x) if x == int(x) and abs(x) < 1e15 else x


def dtype_of(result, real):
    """The type that Weft gives: the float type of the inputs, i64 or bool."""
    kind = np.asarray(result).dtype
    if kind == np.bool_:
        return "bool"
    if kind == np.int32:
        return "i32"
    return "i64" if np.issubdtype(kind, np.integer) else real


def answer(case):
    inputs = {name: sample(*row) for name, row in case.inputs.items()}
    real = next((row[0] for row in case.inputs.values() if row[0] in ("f32", "f64")), "f32")
    # The libraries compute in float64 from the same numbers.
    wide = {name: x.astype(np.float64) if x.dtype == np.float32 else x for name, x in inputs.items()}
    with np.errstate(all="ignore"):
        results = case.oracle(**wide)
    if not isinstance(results, (tuple, list)):
        results = (results,)
    rows = []
    for result in results:
        result = np.asarray(result)
        dtype = case.dtype or dtype_of(result, real)
        rows.append([dtype, list(result.shape), [number(x, dtype) for x in result.ravel()]])
    row = {"e": case.text, "in": {k: list(v) for k, v in case.inputs.items()}}
    if case.grad:
        row["grad"] = case.grad
    row["y"] = rows
    row["tol"] = case.tol if case.tol is not None else max([TOLERANCE.get(r[0], 0) for r in rows] or [0])
    return row


def close(a, b):
    if a["e"] != b["e"] or a["in"] != b["in"] or len(a["y"]) != len(b["y"]):
        return False
    for p, q in zip(a["y"], b["y"]):
        if p[:2] != q[:2]:
            return False
        x, y = (np.array([float(v) for v in r[2]]) for r in (p, q))
        scale = max([1.0] + [abs(v) for v in y if np.isfinite(v)])
        if not np.allclose(x, y, rtol=0, atol=max(a["tol"], 1e-12) * scale, equal_nan=True):
            return False
    return True


def main():
    check = "--check" in sys.argv
    wanted = [a for a in sys.argv[1:] if not a.startswith("-")] or families.names()
    total = 0
    if check:
        print(f"1..{len(wanted)}")
    for index, family in enumerate(wanted, 1):
        path = os.path.join(FOLDER, family + ".jsonl")
        missing = families.needs(family)
        if check and missing:
            print(f"ok {index} {family} # SKIP {missing} is not installed")
            continue
        rows = [json.loads(json.dumps(answer(case))) for case in families.cases(family)]
        total += len(rows)
        if not check:
            with open(path, "w") as out:
                out.writelines(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
            print(f"{family}: {len(rows)} cases")
            continue
        with open(path) as file:
            kept = [json.loads(line) for line in file]
        bad = [row["e"] for row, old in zip(rows, kept) if not close(row, old)]
        if len(rows) != len(kept):
            bad.append(f"{len(rows)} cases, the file has {len(kept)}")
        print(f"{'not ok' if bad else 'ok'} {index} {family}")
        for text in bad[:5]:
            print(f"# {text}")
    if not check:
        print(f"{total} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
