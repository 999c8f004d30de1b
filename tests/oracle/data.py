#!/usr/bin/python3
"""Writes tests/golden/data: data files of every kind, and what NumPy and PIL say about them.

cases.json lists specifications with a column each; test-data-oracle.c opens them and compares the training rows with the
array in EXPECTED.npy. Nothing of this runs with the tests.

    data.py

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import csv
import gzip
import json
import os
import re
import zipfile

import h5py
import numpy as np
from PIL import Image

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden", "data")
ALL = {"train": 1, "shuffle": False}
random = np.random.default_rng(7)
cases = []


def path(name):
    full = os.path.join(FOLDER, name)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


def case(name, spec, column, expected, tolerance=0.0):
    spec.setdefault("split", ALL)
    np.save(path(f"expected/{name}.npy"), np.ascontiguousarray(expected))
    cases.append({"name": name, "spec": spec, "column": column, "tolerance": tolerance})


def arrays():
    x = random.normal(size=(12, 3)).astype("f4")
    y = (np.arange(12) % 3).astype("u1")
    np.save(path("x.npy"), x)
    np.save(path("fortran.npy"), np.asfortranarray(x.astype(">f8")))
    np.savez(path("plain.npz"), x=x, y=y)
    np.savez_compressed(path("packed.npz"), x=x, y=y)
    columns = [{"name": "x", "shape": [3]}, {"name": "y", "classes": 3}]
    case("npy", {"file": "x.npy", "columns": columns[:1]}, "x", x)
    case("npy-fortran", {"file": "fortran.npy", "columns": columns[:1]}, "x", x, 1e-7)
    for kind in ("plain", "packed"):
        case(f"npz-{kind}", {"file": f"{kind}.npz", "columns": columns}, "x", x)
        case(f"npz-{kind}-label", {"file": f"{kind}.npz", "columns": columns}, "y", y.astype("i4"))
    holes = x.copy()
    holes[2, 1] = holes[5, 1] = np.nan
    np.save(path("holes.npy"), holes)
    for how, middle in (("mean", np.nanmean), ("median", np.nanmedian)):
        filled = holes.copy()
        filled[np.isnan(filled)] = middle(holes[:, 1])
        case(f"missing-{how}", {"file": "holes.npy", "columns": columns[:1], "missing": how}, "x", filled, 1e-6)
    case("missing-constant", {"file": "holes.npy", "columns": columns[:1], "missing": -1}, "x", np.nan_to_num(holes, nan=-1))
    case("missing-skip", {"file": "holes.npy", "columns": columns[:1], "missing": "skip"}, "x", holes[~np.isnan(holes).any(axis=1)])


def tables():
    rows = np.round(random.normal(size=(9, 3)), 4)
    text = "a\tb\tc\n" + "".join("\t".join(str(v) for v in row) + "\n" for row in rows)
    columns = [{"name": "x", "from": ["a", "b"]}, {"name": "c"}]
    with open(path("table.tsv"), "w", encoding="utf-8") as out:
        out.write(text)
    case("tsv", {"file": "table.tsv", "columns": columns}, "x", rows[:, :2].astype("f4"))
    case("table", {"table": text, "columns": columns}, "c", rows[:, 2].astype("f4"))
    with open(path("lines.jsonl"), "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps({"c": row[2], "at": {"v": list(row[:2])}, "kind": "ab"[int(row[0] > 0)]}) + "\n")
    fields = [{"name": "x", "from": ["at.v.0", "at.v.1"]}, {"name": "kind", "classes": ["a", "b"]}]
    case("jsonl", {"file": "lines.jsonl", "columns": fields}, "x", rows[:, :2].astype("f4"))
    case("jsonl-classes", {"file": "lines.jsonl", "columns": fields}, "kind", (rows[:, 0] > 0).astype("i4"))
    with zipfile.ZipFile(path("archive.zip"), "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("inside/table.tsv", text)
        out.writestr("inside/table.tsv.gz", gzip.compress(text.encode()))
    case("zip", {"file": "archive.zip/inside/table.tsv", "columns": columns}, "x", rows[:, :2].astype("f4"))
    case("zip-gzip", {"file": "archive.zip/inside/table.tsv.gz", "columns": columns}, "x", rows[:, :2].astype("f4"))
    x = rows.astype("f4")
    wide = [{"name": "x", "from": ["a", "b", "c"]}, {"name": "a"}]
    base = {"file": "table.tsv", "columns": wide}

    def done(*steps):
        return {**base, "transforms": list(steps)}

    case("scale", done({"do": "scale", "column": "x", "by": 2, "shift": -1}), "x", x * 2 - 1, 1e-6)
    case("standardise", done({"do": "standardise", "column": "x"}), "x", (rows - rows.mean(0)) / rows.std(0), 1e-5)
    case("cast", done({"do": "cast", "column": "x", "to": "f64"}), "x", x.astype("f8"))
    case("sort", done({"do": "sort", "column": "a"}), "x", x[np.argsort(rows[:, 0], kind="stable")])
    case("sort-down", done({"do": "sort", "column": "a", "down": True}), "x", x[np.argsort(-rows[:, 0], kind="stable")])
    case("filter", done({"do": "filter", "where": "a > 0"}), "x", x[x[:, 0] > 0])
    case("expression", done({"do": "expression", "name": "n", "text": "tanh(x[:, 0]) * a + x.sum(axis=1)"}), "n",
         np.tanh(x[:, 0]) * x[:, 0] + x.sum(1), 1e-5)
    windows = np.stack([x[i:i + 4] for i in range(0, 9 - 4 - 2 + 1)])
    step = {"do": "window", "column": "x", "length": 4, "target": "y", "horizon": 2}
    case("window", done(step), "x", windows)
    case("window-target", done(step), "y", x[5:])
    case("window-others", done(step), "a", x[3:7, 0])
    flat = windows.reshape(-1, 3).astype("f8")
    case("window-standardise", done(step, {"do": "standardise", "column": "x"}), "x",
         ((windows - flat.mean(0)) / flat.std(0)), 1e-5)
    case("window-step", done({"do": "window", "column": "x", "length": 3, "step": 2}), "x",
         np.stack([x[i:i + 3] for i in range(0, 7, 2)]))
    case("ngrams", done({"do": "ngrams", "column": "x", "n": 2}), "x", np.stack([x[:, :2], x[:, 1:]], axis=1))
    case("pad", done({"do": "pad", "column": "x", "length": 5, "value": 9}), "x", np.pad(x, ((0, 0), (0, 2)), constant_values=9))
    case("noise-without-epoch", done({"do": "noise", "column": "x", "deviation": 2}), "x", x)


def texts():
    text = "The cat sat. The CAT's mat!\nA rat, a bat; the end_of it.\n" * 3
    with open(path("words.txt"), "w", encoding="utf-8") as out:
        out.write(text)
    words = ["<unknown>", "the", "cat", ".", "a", "end_of"]
    codes = np.array([words.index(w) if w in words else 0 for w in re.findall(r"[\w']+|[^\w\s]", text.lower())], "i4")
    spec = {"format": "words", "file": "words.txt", "words": words, "window": 5, "step": 3}
    n = (len(codes) - 1 - 5) // 3 + 1
    case("words", dict(spec), "x", np.stack([codes[3 * i:3 * i + 5] for i in range(n)]))
    case("words-later", dict(spec), "y", np.stack([codes[3 * i + 1:3 * i + 6] for i in range(n)]))
    raw = np.frombuffer(text.encode(), "u1").astype("i4")
    case("bytes", {"format": "text", "file": "words.txt", "window": 8}, "x", raw[:(len(raw) - 1) // 8 * 8].reshape(-1, 8))


def pictures():
    made = []
    for folder in ("cat", "dog"):
        for i in range(2):
            pixels = random.integers(0, 256, (6, 5, 3)).astype("u1")
            picture = Image.fromarray(pixels)
            os.makedirs(path(f"pictures/{folder}"), exist_ok=True)
            picture.save(path(f"pictures/{folder}/{i}.png"))
            made.append(pixels)
    label = {"name": "label", "classes": ["cat", "dog"]}

    def spec(shape, *steps):
        return {"format": "images", "file": "pictures", "columns": [{"name": "pixels", "type": "u8", "shape": shape}, label],
                "transforms": list(steps)}

    rgb = np.stack(made)
    grey = np.stack([np.asarray(Image.fromarray(p).convert("L")) for p in made])
    case("images", spec([6, 5, 3]), "pixels", rgb)
    case("images-grey", spec([6, 5]), "pixels", grey)
    case("images-label", spec([6, 5]), "label", np.array([0, 0, 1, 1], "i4"))
    smooth = np.add.outer(np.arange(16), np.arange(16)).astype("u1") * 8
    os.makedirs(path("smooth/one"), exist_ok=True)
    Image.fromarray(smooth).save(path("smooth/one/0.png"))
    Image.fromarray(smooth).save(path("smooth/one/1.jpg"), quality=100)
    small = np.asarray(Image.fromarray(smooth).resize((8, 8), Image.BOX))
    case("images-scaled", {"format": "images", "file": "smooth", "columns": [{"name": "pixels", "type": "u8", "shape": [8, 8]}]},
         "pixels", np.stack([small, small]), 3)
    case("crop", spec([6, 5, 3], {"do": "crop", "column": "pixels", "size": [4, 3]}), "pixels", rgb[:, 1:5, 1:4])
    case("crop-pad", spec([6, 5], {"do": "crop", "column": "pixels", "size": [8, 7], "pad": 1}), "pixels",
         np.pad(grey, ((0, 0), (1, 1), (1, 1))))
    case("flip-without-epoch", spec([6, 5], {"do": "flip", "column": "pixels", "chance": 1}), "pixels", grey)
    case("rotate-without-epoch", spec([6, 5], {"do": "rotate", "column": "pixels", "degrees": 90}), "pixels", grey.astype("f4"), 1e-4)
    records = random.integers(0, 256, (4, 3, 32, 32)).astype("u1")
    labels = np.array([3, 9, 0, 3], "u1")
    with open(path("cifar.bin"), "wb") as out:
        for k, record in zip(labels, records):
            out.write(bytes([k]) + record.tobytes())
    columns = [{"name": "pixels", "type": "u8", "shape": [32, 32, 3]}, {"name": "label", "classes": 10}]
    case("cifar", {"file": "cifar.bin", "columns": columns}, "pixels", records.transpose(0, 2, 3, 1))
    case("cifar-label", {"file": "cifar.bin", "columns": columns}, "label", labels.astype("i4"))


def masks():
    items = np.array([[[1, 2], [0, 3], [0, 0], [0, 0]], [[0, 0], [0, 0], [0, 0], [0, 0]], [[4, 0], [0, 0], [5, 6], [7, 0]],
                      [[0, 0], [8, 0], [0, 0], [0, 0]]], "f4")
    np.save(path("padded.npy"), items)
    base = {"file": "padded.npy", "columns": [{"name": "x", "shape": [4, 2]}]}
    mask = np.array([[1, 1, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 0, 0]], "f4")
    step = {"do": "mask", "column": "x", "name": "m"}
    case("mask", {**base, "transforms": [step]}, "m", mask)
    longer = [{**step, "length": 6}, {"do": "pad", "column": "x", "length": 6}]
    case("mask-of-pad", {**base, "transforms": longer}, "m", np.pad(mask, ((0, 0), (0, 2))))
    case("mask-and-pad", {**base, "transforms": longer}, "x", np.pad(items, ((0, 0), (0, 2), (0, 0))))


def hdf5():
    x = (np.arange(18).reshape(6, 3) ** 2 / 7).astype("f4")
    y = np.array([2, 0, 1, 1, 0, 2], "u1")
    with h5py.File(path("plain.h5"), "w") as out:
        out.create_dataset("train/x", data=x.astype(">f4"), track_times=False)
        out.create_dataset("train/y", data=y, track_times=False)
    with h5py.File(path("packed.h5"), "w") as out:
        out.create_dataset("x", data=x.astype("f8"), chunks=(4, 2), compression="gzip", shuffle=True, fletcher32=True, track_times=False)
        out.create_dataset("y", data=y.astype("i8"), maxshape=(None,), chunks=(4,), track_times=False)
    columns = [{"name": "x", "from": "train/x", "shape": [3]}, {"name": "y", "from": "train/y", "classes": 3}]
    case("hdf5", {"file": "plain.h5", "columns": columns}, "x", x)
    case("hdf5-classes", {"file": "plain.h5", "columns": columns}, "y", y.astype("i4"))
    columns = [{"name": "x", "shape": [3]}, {"name": "y", "classes": 3}]
    case("hdf5-packed", {"file": "packed.h5", "columns": columns}, "x", x)
    case("hdf5-growing", {"file": "packed.h5", "columns": columns}, "y", y.astype("i4"))


def packed():
    """IDX, as it is and as gzip."""
    x = (np.arange(36).reshape(12, 3) * 7 % 251).astype("u1")
    data = bytes([0, 0, 8, 2]) + np.array(x.shape, ">i4").tobytes() + x.tobytes()
    for name, content in (("rows.idx", data), ("rows.idx.gz", gzip.compress(data, mtime=0))):
        with open(path(name), "wb") as out:
            out.write(content)
        case(name.replace(".", "-"), {"file": name, "columns": [{"name": "x", "shape": [3]}]}, "x", x.astype("f4"))


def dialects():
    """Tables as spreadsheets of many countries write them; csv reads them back. Each is also guessed from the file alone."""
    rows = np.concatenate([random.normal(size=(8, 1)) * 3, random.integers(100, 9_000_000, (8, 1)) / 100], axis=1).round(2)
    places = ["Köln", "Malmö", "a; b", 'say "no"', "two\nlines", "", "São Paulo", "x, y"]
    for name, spec in (("semicolons", {"delimiter": ";", "decimal": ","}),
                       ("german", {"delimiter": ";", "decimal": ",", "thousands": ".", "encoding": "windows-1252"}),
                       ("french", {"delimiter": ";", "decimal": ",", "thousands": " "}),
                       ("english", {"thousands": ","}),
                       ("commas", {"decimal": ","}),
                       ("swiss", {"delimiter": "\t", "thousands": "'"}),
                       ("bars", {"delimiter": "|", "header": False}),
                       ("unicode-text", {"delimiter": "\t", "decimal": ",", "encoding": "utf-16"}),
                       ("spaces", {"delimiter": " ", "header": False})):
        kind = {"delimiter": spec.get("delimiter", ","), "quoting": csv.QUOTE_MINIMAL, "lineterminator": "\r\n"}
        encoding = spec.get("encoding", "utf-8-sig")
        separator = "\u202f" if spec.get("thousands") == " " else spec.get("thousands", "")
        marks = str.maketrans({",": separator, ".": spec.get("decimal", ".")})
        with open(path(f"dialect-{name}.csv"), "w", encoding=encoding, newline="") as out:
            writer = csv.writer(out, **kind)
            if spec.get("header", True):
                writer.writerow(["Größe", "Preis", "Ort"])
            for row, place in zip(rows, places):
                writer.writerow([f"{v:,}".translate(marks) for v in row] + ([] if name == "spaces" else [place]))
        with open(path(f"dialect-{name}.csv"), encoding=encoding, newline="") as text:
            read = list(csv.reader(text, **kind))[spec.get("header", True):]
        numbers = np.array([[float(c.replace(separator or "\0", "").replace(spec.get("decimal", "."), ".")) for c in r[:2]] for r in read])
        assert (numbers == rows).all(), name
        fields = ["Größe", "Preis"] if spec.get("header", True) else ["column_1", "column_2"]
        case(f"dialect-{name}", {**spec, "file": f"dialect-{name}.csv", "columns": [{"name": "x", "type": "f64", "from": fields}]}, "x", numbers)


arrays()
tables()
texts()
pictures()
hdf5()
masks()
dialects()
packed()
with open(path("cases.json"), "w", encoding="utf-8") as out:
    out.write("[\n" + ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases) + "\n]\n")
