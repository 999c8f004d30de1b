#!/usr/bin/env python3
"""A whole journey in a real window, with real pointer and key events.

From the start page: open the MNIST example, delete its hidden layer, drag a new Dense from the palette, wire it with
the pointer, train until the curve has 50 points, save, open again, delete and undo.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import json
import os
import re
import sys
import time

import driver
from driver import Editor, wait

# Ports of a card: their first line's middle, below the header, at full size.
FIRST_PORT_Y = 44

editor = None
saved = os.path.join(os.environ.get("WEFT_TEST_HOME", "/tmp"), "journey.weft")


def points(title="Loss"):
    chart = editor.find(title, "image")
    found = chart and re.match(r"(\d+) points?", chart.description)
    return int(found.group(1)) if found else 0


def test_start():
    global editor
    editor = Editor()
    editor.resize(1640, 1000)
    card = editor.get("MNIST, one hidden layer", "push button")
    wait("the window's size", lambda: editor.place(editor.get("Menu"))[0] > 1400)
    editor.xdotool("mousemove", 820, 500, "click", "--repeat", 40, 5)  # to the end of the page
    wait("the card to be seen", lambda: editor.place(card)[1] < 900)
    time.sleep(0.5)  # the scrolling ends
    editor.click(card)
    wait("the cards of the example", lambda: editor.node("hidden") and editor.node("logits"))


def test_delete():
    editor.click(editor.node("hidden"), 40, 12)
    wait("hidden to be selected", lambda: "selected" in editor.description("hidden"))
    editor.key("Delete")
    wait("hidden to be gone", lambda: editor.node("mnist") and not editor.node("hidden"))
    editor.key("ctrl+0")
    wait("a problem at the layer behind it", lambda: "problem:" in editor.description("logits"))


def test_drag():
    editor.key("ctrl+shift+f")
    editor.xdotool("type", "dense")
    time.sleep(0.5)  # the list sorts and filters
    item = editor.get("Dense", "list item", within=editor.get("Palette", "list"))
    mnist = editor.place(editor.node("mnist"), 0, 0)
    editor.drag(editor.place(item), (mnist[0] + 270, mnist[1] + 40))
    wait("the new card", lambda: editor.node("dense"))


def port_in(title):
    return editor.place(editor.node(title), 0, FIRST_PORT_Y)


def port_out(title):
    return editor.place(editor.node(title), -1, FIRST_PORT_Y)


def test_wire():
    editor.drag(port_out("mnist"), port_in("dense"))
    wait("a wire into the new layer", lambda: "784)" in editor.description("dense"))
    editor.drag(port_out("dense"), port_in("logits"))
    wait("a wire out of the new layer", lambda: "2 wires" in editor.description("dense"))
    wait("no problem", lambda: "no problem" in editor.description("logits"))


def test_train():
    editor.key("ctrl+Return")
    wait("50 points on the curve", lambda: points() >= 50)
    assert points("Accuracy") >= 50
    stop = editor.get("Stop", "push button")
    if editor.sensitive(stop):  # a fast machine may be through already
        editor.click(stop)
    wait("the run to stop", lambda: not editor.sensitive(stop))
    n = points()
    assert n >= 50
    assert n == points()


def test_save():
    editor.act("save-to", f"[<'{saved}'>]", window=1)
    wait("the file", lambda: os.path.exists(saved))
    with open(saved, encoding="utf-8") as file:
        document = json.load(file)
    assert {"mnist.pixels -> dense.x", "dense.y -> logits.x"} <= set(document["wires"]), document["wires"]
    assert "hidden" not in [node["id"] for node in document["nodes"]]
    wait("the title to say so", lambda: editor.find(starts="journey.weft · saved"))


def test_reopen():
    global editor
    editor.key("ctrl+q")
    wait("the editor to end", lambda: editor.process.poll() is not None)
    assert editor.process.returncode == 0
    editor = Editor(saved)
    editor.resize(1640, 1000)
    wait("the saved cards", lambda: "2 wires" in editor.description("dense"))
    assert not editor.node("hidden")


def test_undo():
    editor.click(editor.node("dense"), 40, 12)
    wait("dense to be selected", lambda: "selected" in editor.description("dense"))
    editor.key("Delete")
    wait("dense to be gone", lambda: editor.node("mnist") and not editor.node("dense"))
    editor.key("ctrl+z")
    wait("dense and its wires to be back", lambda: "2 wires" in editor.description("dense"))
    wait("the title to say that nothing has changed", lambda: editor.find(starts="journey.weft · saved"))
    editor.end()


TESTS = [
    ("/journey/start", test_start),
    ("/journey/delete", test_delete),
    ("/journey/drag", test_drag),
    ("/journey/wire", test_wire),
    ("/journey/train", test_train),
    ("/journey/save", test_save),
    ("/journey/reopen", test_reopen),
    ("/journey/undo", test_undo),
]

sys.exit(driver.run(TESTS))
