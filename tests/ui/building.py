"""What the journeys that build a network share: the editor with an empty canvas, and what must stand there in the end.

The network is the MNIST example's: images, a hidden layer of 128, ten logits, their cross entropy with the labels.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import json
import os
import re

from driver import Editor, wait

WIRES = {"dataset.pixels -> dense.x", "dense.y -> dense2.x", "dense2.y -> cross_entropy.logits",
         "dataset.label -> cross_entropy.labels"}


def start():
    editor = Editor()
    editor.resize(1640, 1000)
    wait("the window's size", lambda: editor.place(editor.get("Menu"))[0] > 1400)
    return editor


def points(editor):
    chart = editor.find("Loss", "image")
    found = chart and re.match(r"(\d+) points?", chart.description)
    return int(found.group(1)) if found else 0


def check_trains(editor):
    wait("20 points on the curve", lambda: points(editor) >= 20)


def last_loss(editor):
    chart = editor.find("Loss", "image")
    found = chart and re.match(r"\d+ points?, last ([0-9.e-]+)", chart.description)
    return float(found.group(1)) if found else None


def check_learns(editor):
    """Ten classes begin at log 10 = 2.3."""
    wait("the loss to fall", lambda: last_loss(editor) is not None and last_loss(editor) < 1)


def check_saved(editor, name):
    path = os.path.join(os.environ.get("WEFT_TEST_HOME", "/tmp"), name)
    editor.act("save-to", f"[<'{path}'>]", window=1)
    wait("the file", lambda: os.path.exists(path))
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    os.remove(path)
    assert set(document["wires"]) == WIRES, document["wires"]
    nodes = {node["id"]: node.get("params", {}) for node in document["nodes"]}
    assert nodes["dataset"]["data"] == "mnist", nodes
    assert (nodes["dense"]["units"], nodes["dense2"]["units"]) == (128, 10), nodes
    editor.end()
