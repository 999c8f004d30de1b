#!/usr/bin/env python3
"""The table of the editor's features names only tests that there are: tests/ui/editor-features.md against the sources.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import pathlib
import re

HERE = pathlib.Path(__file__).parent


def source_of(name):
    """The file of a test's name: test-canvas, test-schema, journey-recover."""
    for folder in (HERE, HERE / "ui"):
        for suffix in (".c", ".py"):
            if (folder / (name + suffix)).exists():
                return folder / (name + suffix)
    return None


def missing(cell):
    """What the last cell of a row names and the sources lack."""
    lacking = []
    for piece in re.split(r"[;.] ", cell):
        name = re.match(r"\s*((?:test|journey)[a-z0-9-]*)", piece)
        if name is None:
            continue
        path = source_of(name[1])
        if path is None:
            lacking.append(name[1])
            continue
        text = path.read_text()
        for case in re.findall(r"`([^`]*)`", piece):
            case = case.removeprefix("...").removesuffix("*").rstrip("/")
            if case not in text:
                lacking.append(f"{path.name}: {case}")
    return lacking


rows = [line.split("|")[1:4] for line in (HERE / "ui" / "editor-features.md").read_text().splitlines() if re.match(r"\| \d", line)]
print(f"1..{len(rows) + 1}")
print(f"{'ok' if [int(row[0]) for row in rows] == list(range(1, 54)) else 'not ok'} 1 /features/each-row-once")
for index, (number, title, cell) in enumerate(rows):
    lacking = missing(cell)
    told = re.search(r"(test|journey)", cell) is not None or "ot yet" in cell
    print(f"{'not ok' if lacking or not told else 'ok'} {index + 2} /features/{number.strip()}")
    for what in lacking:
        print(f"# not there: {what}")
