#!/usr/bin/env python3
"""Counts the single cases of the last `meson test` of one or more build folders.

count-tests.py FOLDER...      names what failed; the last line is "N passed, N failed, N skipped"; exit 1 if any failed

A program that crashed or ran out of time counts as one failure even if every case that it reported passed.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import json
import os
import sys
import xml.etree.ElementTree as xml


def short(name):
    """The program's own name: meson puts the project and the suite before it."""
    return name.split(" / ")[-1]


def cases(folder):
    """Yields (program, case, outcome) from the JUnit report."""
    report = xml.parse(os.path.join(folder, "meson-logs", "testlog.junit.xml"))
    for suite in report.iter("testsuite"):
        for case in suite.iter("testcase"):
            name = short(suite.get("name").partition(".")[2] or case.get("name"))
            outcome = "passed"
            if case.find("failure") is not None or case.find("error") is not None:
                outcome = "failed"
            elif case.find("skipped") is not None:
                outcome = "skipped"
            yield name, short(case.get("name")), outcome


def programs(folder):
    """Yields (program, result) from the log."""
    with open(os.path.join(folder, "meson-logs", "testlog.json"), encoding="utf-8") as log:
        for line in log:
            entry = json.loads(line)
            yield short(entry["name"]), entry["result"]


def count(folder, totals):
    if not os.path.exists(os.path.join(folder, "meson-logs", "testlog.junit.xml")):
        totals["failed"] += 1
        print(f"failed: {folder}: no test ran")
        return
    failed_in = set()
    for program, case, outcome in cases(folder):
        totals[outcome] += 1
        if outcome == "failed":
            failed_in.add(program)
            print(f"failed: {program}: {case}")
    n_programs = 0
    for program, result in programs(folder):
        n_programs += 1
        if result not in ("OK", "SKIP", "EXPECTEDFAIL") and program not in failed_in:
            totals["failed"] += 1
            print(f"failed: {program}: the program ended with {result}")
    if n_programs == 0:
        totals["failed"] += 1
        print(f"failed: {folder}: no test ran")


def main():
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    for folder in sys.argv[1:]:
        count(folder, totals)
    print(f"{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped")
    return 1 if totals["failed"] else 0


sys.exit(main())
