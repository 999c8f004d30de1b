#!/usr/bin/env python3
"""The Inspect view from outside: in a real window, with real pointer and key events and the accessibility tree.

Open an example, go to Inspect, wait for the kernels of a training step, choose one and read its text, ask for another
function, go to the node that a kernel comes from.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import os
import re
import sys

import driver
from driver import Editor, wait

WIDTH, HEIGHT = 1400, 900

editor = None


def items(role, within=None):
    """Everything of a role, in order."""
    found, queue = [], [within or editor.app]
    while queue:
        item = queue.pop(0)
        if item is None:
            continue
        if item.getRoleName() == role:
            found.append(item)
        queue = list(item) + queue
    return found


def facts():
    """("412 µs", kernels, percent) of the heading; None while nothing is measured."""
    for label in items("label"):
        found = re.match(r"(\S+ .?s) · (\d+) kernels · (\d+)% of the roofline", label.name)
        if found:
            return found.group(1), int(found.group(2)), int(found.group(3))
    return None


def source():
    text = editor.find("Text of the kernel")
    return text.queryText().getText(0, -1) if text else ""


def test_open():
    global editor
    editor = Editor(os.path.join(os.environ["WEFT_DATA_DIR"], "examples", "digits-mlp.weft"))
    editor.resize(WIDTH, HEIGHT)
    wait("the canvas", lambda: editor.find("Canvas"))
    editor.key("ctrl+4")
    wait("the kernels", facts, 60)
    assert facts()[1] > 3, facts()


def test_source():
    wait("a text", lambda: "weft_kernel" in source())
    before = source()
    assert "at[0]" in before, before
    editor.click(editor.get("One step, in time", "image"), 30)
    editor.key("Right")
    wait("another kernel", lambda: source() != before or editor.find(starts="A matrix product"))


def test_cuda():
    editor.key("End")
    for _ in range(30):
        if "weft_kernel" in source() and not editor.find(starts="A matrix product"):
            break
        editor.key("Left")
    plain = source()
    editor.click(editor.get("CUDA", "toggle button"))
    wait("the text for the other machine", lambda: "__global__" in source())
    editor.click(editor.get("C", "toggle button"))
    wait("the text in C", lambda: source() == plain)


def test_function():
    before = facts()[1]
    choice = editor.get("Function")
    editor.click(choice)
    editor.key("Down", "Down", "Return")
    wait("the kernels of the prediction", lambda: facts() and facts()[1] < before, 60)


def test_memory():
    plot = editor.get("Memory over one step", "image")
    found = re.match(r"(\d+) values share", plot.description)
    assert found and int(found.group(1)) > 0, plot.description
    assert re.search(r"GFLOP/s", editor.get("Roofline", "image").description)
    editor.end()


TESTS = [
    ("/journey/inspect/open", test_open),
    ("/journey/inspect/source", test_source),
    ("/journey/inspect/cuda", test_cuda),
    ("/journey/inspect/function", test_function),
    ("/journey/inspect/memory", test_memory),
]

sys.exit(driver.run(TESTS))
