#!/usr/bin/env python3
"""A sweep from the window: asked for in its dialog, trained run by run, killed on the way and gone on with; runs that wait are put in
another order and taken out; a run is deleted and had again; a document that is saved takes its runs along.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import json
import os
import shutil
import subprocess
import sys

import driver
from driver import Editor, wait

home = os.environ.get("WEFT_TEST_HOME", "/tmp")
path = os.path.join(home, "swept.weft")
runs = os.path.join(home, "swept.runs")
other = os.path.join(home, "other.runs")
editor = None


def record(n, folder=runs):
    try:
        with open(os.path.join(folder, f"{n:04}", "run.json"), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def states():
    return [record(n)["state"] for n in range(1, 99) if record(n)]


def picture(name):
    if os.environ.get("WEFT_PICTURES"):
        subprocess.run(["import", "-window", "root", os.path.join(os.environ["WEFT_PICTURES"], f"{name}.png")], check=False)


def start(*arguments):
    global editor
    editor = Editor(*arguments)
    editor.resize(1400, 900)
    wait("the canvas", lambda: editor.find("Canvas"))


def change(**training):
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    document["training"].update(training)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)


def entries(name):
    found, queue = [], [editor.app]
    while queue:
        item = queue.pop(0)
        if item is not None:
            found += [item] if item.name == name and item.getRoleName() == "text" else []
            queue.extend(item)
    return found


def write(item, text):
    editor.click(item)
    editor.key("ctrl+a")
    editor.xdotool("type", text)


def press(name):
    editor.click(editor.get(name))


def choose(run, entry):
    """From the menu of a run."""
    editor.click(editor.get(f"More about {run}"))
    wait(entry, lambda: editor.find(entry))
    editor.get(entry).queryAction().doAction(0)


def test_dialog():
    """Two settings, four runs: they wait in the list, named by what differs."""
    shutil.copy(os.path.join(os.environ["WEFT_DATA_DIR"], "examples", "iris.weft"), path)
    change(epochs=600)
    start(path)
    editor.key("ctrl+2")
    editor.act("sweep", window=1)
    wait("the window", lambda: editor.find("Values", "text"))
    write(editor.find("Values", "text"), "0.01, 0.02")
    press("Vary Another Setting")
    wait("two settings", lambda: len(entries("Values")) == 2)
    write(entries("Values")[1], "16, 32")
    wait("four runs", lambda: editor.find("4 runs"))
    picture("sweep-dialog")
    press("Queue")
    wait("waiting runs", lambda: states() == ["queued"] * 4)
    wait("the line above them", lambda: editor.find("4 runs wait"))
    wait("their names", lambda: editor.find("rate 0.02, batch 32"))
    picture("sweep-queue")
    assert record(4)["settings"] == {"training.rate": 0.02, "training.batch": 32}, record(4)


def test_order():
    """The last goes before the one before it; the third is taken out."""
    before = record(4)["turn"]
    choose("rate 0.02, batch 32", "Move Up")
    wait("another turn", lambda: record(4)["turn"] < before)
    choose("rate 0.02, batch 16", "Take Out of the Queue")
    wait("three runs", lambda: editor.find("3 runs wait"))
    assert not record(3), "the run is still there"
    press("Undo")
    wait("four runs again", lambda: editor.find("4 runs wait"))


def test_killed():
    """Killed while it trains, the queue goes on where it stood: each run is trained once, to its end."""
    editor.act("start-queue", window=1)
    wait("a run under way", lambda: "running" in states() and os.path.exists(os.path.join(runs, "0001", "checkpoint.safetensors")))
    picture("sweep-training")
    editor.process.kill()
    editor.process.wait(timeout=driver.LIMIT_S)
    assert states().count("finished") < 4, states()
    start(path)
    editor.key("ctrl+2")
    editor.act("start-queue", window=1)
    wait("the end", lambda: states() == ["finished"] * 4, 200)
    wait("the rows of runs that ended", lambda: editor.find("Show rate 0.02, batch 16 in the charts"))
    editor.act("show-view", "[<'sweep'>]", window=1)
    wait("the table of the sweep", lambda: editor.find(starts="rate 0.0"))
    picture("sweep-done")


def test_saved_as():
    """Saved under another name, the document has its runs there too."""
    editor.act("save-to", f"[<'{os.path.join(home, 'other.weft')}'>]", window=1)
    wait("the runs", lambda: record(4, other).get("state") == "finished")
    assert states() == ["finished"] * 4, "the first document lost its runs"


def test_sweep_this():
    """A setting's menu opens the sweep with that setting; from the keyboard too."""
    editor.key("ctrl+2")
    batch = wait("the row", lambda: editor.find("Batch", "spin button") or editor.find("Batch"))
    x, y = editor.place(batch)
    editor.xdotool("mousemove", x, y, "click", 3)
    entry = wait("the menu", lambda: editor.find("Sweep This…"))
    entry.queryAction().doAction(0)
    wait("the window", lambda: editor.find("training.batch"))
    editor.key("Escape")
    wait("no window", lambda: not editor.find("training.batch"))


def main():
    try:
        return driver.run([("dialog", test_dialog), ("order", test_order), ("killed", test_killed), ("saved-as", test_saved_as),
                           ("sweep-this", test_sweep_this)])
    finally:
        if editor:
            editor.process.kill()


if __name__ == "__main__":
    sys.exit(main())
