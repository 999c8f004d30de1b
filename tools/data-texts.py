#!/usr/bin/env python3
"""Texts for people that stand in the layers, examples and lessons, as po/data-texts.h lists them for translators.

tools/data-texts.py >po/data-texts.h; with --check: TAP, one case; fails where the list is not what stands there.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import glob
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIST = os.path.join(ROOT, "po", "data-texts.h")
HEAD = """/* Made by tools/data-texts.py: the texts of layers, examples and lessons, and the titles of parameters, for
 * translators. Nothing includes it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
"""


def documents(folder):
    for path in sorted(glob.glob(os.path.join(ROOT, "data", folder, "*.weft"))):
        with open(path, encoding="utf-8") as file:
            yield json.load(file)


def title_of(name):
    """As weft_param_title makes it."""
    spaced = name.replace("_", " ")
    return spaced[:1].upper() + spaced[1:]


def collect():
    for layer in (document["layer"] for document in documents("layers")):
        yield layer.get("summary")
        for param in layer.get("knobs", []):
            yield title_of(param["name"])
            yield param.get("summary")
    with open(os.path.join(ROOT, "engine", "document", "catalogue-params.c"), encoding="utf-8") as file:
        for name in re.findall(r'\{ "\w+", "(\w+)", WEFT_PARAM_', file.read()):
            yield title_of(name)
    for path in sorted(glob.glob(os.path.join(ROOT, "engine", "ops", "*.def"))):
        with open(path, encoding="utf-8") as file:
            for name in re.findall(r'[";] ?(\w+): (?:bool|int|float|dtype|axes|shape|dim|string|[a-z]+\|)(?![a-z])', file.read()):
                yield title_of(name)
    with open(os.path.join(ROOT, "engine", "train", "rules.def"), encoding="utf-8") as file:
        for name in re.findall(r"(\w+): float", file.read()):
            yield title_of(name)
    for document in [*documents("examples"), *documents("lessons")]:
        yield document.get("title")
        yield document.get("summary")
        lesson = document.get("lesson", {})
        yield lesson.get("title")
        for item in [*lesson.get("steps", []), *lesson.get("knobs", [])]:
            yield from (item.get("title"), item.get("summary"), item.get("text"))


def quoted(text):
    return json.dumps(text, ensure_ascii=False)


def text():
    found = dict.fromkeys(item for item in collect() if item)
    return HEAD + "".join(f"N_ ({quoted(item)})\n" for item in found)


if sys.argv[1:] != ["--check"]:
    sys.stdout.write(text())
else:
    with open(LIST, encoding="utf-8") as listed:
        fine = listed.read() == text()
    print("1..1\n" + ("ok 1" if fine else "not ok 1") + " /po/data-texts")
    if not fine:
        print("# run: tools/data-texts.py >po/data-texts.h")
