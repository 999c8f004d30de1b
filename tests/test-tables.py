#!/usr/bin/python3
"""The tables of features in tests/ui/*-features.md name tests that there are. Prints TAP.

A cell names programs (test-canvas, journey-runs, journey) and, between backticks behind each, cases of it: the end of a case's path, where
* stands for any part. A program that makes the names of its cases from a table has the parts of the name.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import glob
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = re.compile(r"\b((?:test|journey)(?:-[a-z0-9]+)*)\b")


def read_program(name):
    """The text of a program; None: there is none of the name."""
    for folder in (HERE, os.path.join(HERE, "ui")):
        for end in (".c", ".py", ".sh"):
            path = os.path.join(folder, name + end)
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    return file.read()
    return None


def has_case(text, case):
    """Whole, or, where names are put together, its last part."""
    parts = [part for part in case.split("/") if part not in ("", "*", "...")]
    whole = "/".join(re.escape(part).replace(r"\*", "[a-z0-9-]*") for part in parts)
    last = re.escape(parts[-1]).replace(r"\*", "[a-z0-9-]*").replace(r"\-", "[-_]")
    return re.search(whole, text) or re.search(r'[("/ _]' + last + r'\b', text)


def faults(cell):
    """What a cell names that is not there."""
    at = None
    for word in re.finditer(r"`([^`]+)`|" + PROGRAM.pattern, cell):
        case, program = word.groups()
        if program:
            at = read_program(program)
            if at is None:
                yield program
        elif at is not None and not has_case(at, case):
            yield case


def main():
    number = failed = 0
    for path in sorted(glob.glob(os.path.join(HERE, "ui", "*-features.md"))):
        table = os.path.basename(path).removesuffix("-features.md")
        with open(path, encoding="utf-8") as file:
            rows = [line.split("|") for line in file if re.match(r"\| \d+ \|", line)]
        for row in rows:
            number += 1
            missing = list(faults(row[3]))
            failed += bool(missing)
            print(f"{'not ' if missing else ''}ok {number} /tables/{table}/{row[1].strip()}")
            for name in missing:
                print(f"# there is no {name}")
    print(f"1..{number}")
    return 1 if failed or number == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
