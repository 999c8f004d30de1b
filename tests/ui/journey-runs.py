#!/usr/bin/env python3
"""A run outlives its window: killed or closed while it trains, it goes on where it stood when its document is opened again; a knob turned
on the way acts and is flagged.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import json
import os
import shutil
import sys

import driver
from driver import Editor, wait

home = os.environ.get("WEFT_TEST_HOME", "/tmp")
path = os.path.join(home, "kept.weft")
runs = os.path.join(home, "kept.runs")
editor = None


def record(n=1):
    try:
        with open(os.path.join(runs, f"{n:04}", "run.json"), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def events(n=1):
    with open(os.path.join(runs, f"{n:04}", "log.jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.endswith("\n")]


def checkpoints(n=1):
    folder = os.path.join(runs, f"{n:04}", "checkpoints")
    return sorted(int(name.split(".")[0]) for name in os.listdir(folder)) if os.path.isdir(folder) else []


def start():
    global editor
    editor = Editor(path)
    editor.resize(1400, 900)
    wait("the canvas", lambda: editor.find("Canvas"))


def test_kept():
    """Train makes a run beside the document, with checkpoints."""
    shutil.copy(os.path.join(os.environ["WEFT_DATA_DIR"], "examples", "digits-mlp.weft"), path)
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    document["training"]["epochs"] = 1000000
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)
    start()
    editor.key("ctrl+Return")
    wait("two checkpoints", lambda: len(checkpoints()) >= 2)
    assert record()["state"] == "running", record()


def goes_on(before):
    start()
    wait("what is said of the run", lambda: editor.find(starts="The last run stands at step"))
    editor.key("ctrl+Return")
    wait("steps after those of before", lambda: checkpoints()[-1] > before)
    steps = [event["step"] for event in events() if event["event"] == "step"]
    assert steps == sorted(set(steps)), "the log tells of a step twice"
    assert record(2) is None, "another run was begun"


def test_killed():
    """After kill -9 the next Train goes on with the same run."""
    before = checkpoints()[-1]
    editor.process.kill()
    editor.process.wait(timeout=driver.LIMIT_S)
    goes_on(before)


def test_closed():
    """Closing asks nothing, and the run goes on from its last step."""
    wait("a step", lambda: checkpoints())
    editor.key("ctrl+q")
    editor.process.wait(timeout=driver.LIMIT_S)
    assert record()["state"] == "running", record()
    before = checkpoints()[-1]
    assert before >= max(event["step"] for event in events() if event["event"] == "step"), "steps were lost"
    goes_on(before)


def test_stopped():
    """A run that was stopped has ended: the next Train begins another."""
    editor.act("stop", window=1)
    wait("the end", lambda: record()["state"] == "stopped")
    def begun():
        # Until the window has heard of the end, Train does nothing.
        if record(2) is None:
            editor.key("ctrl+Return")
        return record(2) is not None and checkpoints(2)

    wait("another run", begun)
    editor.act("stop", window=1)
    wait("its end", lambda: record(2)["state"] == "stopped")


def test_renamed():
    """A document that was renamed in a file manager has its runs for the asking."""
    global editor
    editor.key("ctrl+q")
    editor.process.wait(timeout=driver.LIMIT_S)
    renamed = os.path.join(home, "renamed.weft")
    os.rename(path, renamed)
    editor = Editor(renamed)
    editor.click(editor.get("Use These Runs", "label"))
    wait("the runs", lambda: os.path.exists(os.path.join(home, "renamed.runs", "0002", "run.json")))
    assert not os.path.exists(runs), "they are in two places"
    wait("no question", lambda: not editor.find("Use These Runs"))


def test_limit():
    """With a limit, the oldest runs go when another one ends; one that was named stays."""
    global runs
    runs = os.path.join(home, "renamed.runs")
    named = record(1) | {"title": "the best", "named": True}
    with open(os.path.join(runs, "0001", "run.json"), "w", encoding="utf-8") as file:
        json.dump(named, file)
    editor.key("ctrl+comma")
    editor.click(editor.get("Runs kept", "label"))
    editor.key("ctrl+a")
    editor.xdotool("type", "1")
    editor.key("Tab", "Escape")
    wait("no window", lambda: not editor.find("Runs kept"))
    editor.act("train", window=1)
    wait("a step", lambda: checkpoints(3))
    editor.act("stop", window=1)
    wait("the oldest is gone", lambda: record(2) is None)
    assert record(1) and record(3)["state"] == "stopped", "the wrong one is gone"


def main():
    try:
        return driver.run([("kept", test_kept), ("killed", test_killed), ("closed", test_closed), ("stopped", test_stopped),
                           ("renamed", test_renamed), ("limit", test_limit)])
    finally:
        if editor:
            editor.process.kill()


if __name__ == "__main__":
    sys.exit(main())
