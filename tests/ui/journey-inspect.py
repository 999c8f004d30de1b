#!/usr/bin/env python3
"""The Inspect view from outside: in a real window, with real pointer and key events and the accessibility tree.

Open an example, go to Inspect, wait for the kernels of a training step, choose one with the keys and read its text, then
the one for the other kind of machine; read what the pictures say of themselves.

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


def choose(number):
    """Kernel @number, with the keys."""
    editor.click(editor.get("One step, in time", "image"), 30)
    for _ in range(40):
        editor.key("Left")
    for _ in range(number):
        editor.key("Right")


def test_source():
    """The second kernel of this model is a fused loop, the first a product."""
    choose(1)
    first = wait("a text", lambda: "weft_kernel" in source() and source())
    assert "at[0]" in first, first
    editor.key("Right")
    wait("another kernel", lambda: "weft_kernel" in source() and source() != first)
    choose(0)
    wait("why there is no text", lambda: editor.find(starts="Matrix products"))


def test_cuda():
    choose(1)
    plain = wait("the text in C", lambda: "weft_kernel" in source() and source())
    cuda = editor.get("CUDA")
    editor.click(cuda)
    wait("the text for the other machine", lambda: "__global__" in source())
    editor.click(editor.get("C", cuda.getRoleName()))
    wait("the text in C", lambda: source() == plain)


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
    ("/journey/inspect/memory", test_memory),
]

sys.exit(driver.run(TESTS))
