#!/usr/bin/env python3
"""The timeline of a run: the pointer takes the views back to a checkpoint, and a run of its own begins from there.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import json
import os
import shutil
import sys

import driver
from driver import Editor, wait

home = os.environ.get("WEFT_TEST_HOME", "/tmp")
path = os.path.join(home, "past.weft")
runs = os.path.join(home, "past.runs")
editor = None


def record(n):
    try:
        with open(os.path.join(runs, f"{n:04}", "run.json"), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def timeline():
    return editor.find("Checkpoint that the views show", "slider")


def test_progress():
    """The Train page tells that a run is done, and has its timeline."""
    global editor
    shutil.copy(os.path.join(os.environ["WEFT_DATA_DIR"], "examples", "digits-mlp.weft"), path)
    editor = Editor(path)
    editor.resize(1400, 900)
    wait("the canvas", lambda: editor.find("Canvas"))
    editor.key("ctrl+2", "ctrl+Return")
    wait("the end", lambda: record(1).get("state") == "finished")
    wait("the epoch", lambda: editor.find("Epoch 40 of 40"))
    wait("the timeline", timeline)
    assert editor.find(starts="best valid loss"), "the best epoch is not told"
    assert editor.find("Views follow the run")


def test_look():
    """A click on the timeline's left shows an older step."""
    editor.click(timeline(), 14, 8)
    wait("the older step", lambda: editor.find(starts="Views show step"))


def test_branch():
    """The branch knows where it comes from."""
    button = editor.get("Branch from Here")
    editor.click(button)
    wait("another run", lambda: record(2).get("parent"))
    assert record(2)["parent"]["run"] == 1, record(2)
    wait("the live views", lambda: editor.find("Views follow the run"))


def main():
    try:
        return driver.run([("progress", test_progress), ("look", test_look), ("branch", test_branch)])
    finally:
        if editor:
            editor.process.kill()


if __name__ == "__main__":
    sys.exit(main())
