#!/usr/bin/env python3
"""A network from an empty canvas to its curve with the keyboard alone; the pointer stays in a corner.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import sys
import time

import building
import driver
from driver import wait

editor = None


def focused(role):
    import pyatspi

    def look():
        queue = [editor.app]
        while queue:
            item = queue.pop()
            if item is None:
                continue
            if item.getState().contains(pyatspi.STATE_FOCUSED) and item.getRoleName() == role:
                return item
            queue.extend(item)
        return None
    return look


def type_into(text):
    """Into a popover that opens: the tree of accessible objects does not tell when it has the focus."""
    time.sleep(0.7)
    editor.xdotool("type", "--delay", 40, text)
    time.sleep(0.7)


def add(text, title):
    """From the search at the canvas."""
    editor.key("shift+a")
    type_into(text)
    editor.key("Return")
    wait(f"the card {title}", lambda: editor.node(title))
    time.sleep(0.7)  # the popover closes and gives the focus back


def set_first_parameter(text):
    """F4 goes to the name in the inspector, Tab to the parameter after it, F6 back."""
    editor.key("F4")
    wait("the name", lambda: (lambda item: item and item.name == "Name")(focused("text")()))
    editor.key("Tab")
    wait("the parameter", lambda: (lambda item: item and item.name != "Name")(focused("text")()))
    editor.key("ctrl+a")
    editor.xdotool("type", "--delay", 40, text)
    editor.key("Return", "F6")


def wire(text, title, what):
    """The next port of the card with the focus: Return offers what fits."""
    editor.key("Page_Down")
    wait("the status line to name the port", lambda: editor.find(starts="Input ", role="status bar"))
    editor.key("Return")
    type_into(text)
    wait("the wire on offer", lambda: editor.find(starts=what, role="list item"))
    editor.key("Return")
    wait(f"the wire at {title}", lambda: "0 wires" not in editor.description(title))


def test_start():
    global editor
    editor = building.start()
    editor.xdotool("mousemove", 1645, 1005)
    editor.key("ctrl+n")
    wait("an empty canvas", lambda: editor.find("Canvas"))


def test_data():
    add("dataset", "dataset")
    set_first_parameter("mnist")
    wait("the images", lambda: "784" in editor.description("dataset"))


def test_layers():
    add("dense", "dense")
    set_first_parameter("128")
    wire("pixels", "dense", "dataset.pixels")
    add("dense", "dense2")
    set_first_parameter("10")
    wire("dense.y", "dense2", "dense.y")


def test_loss():
    add("cross_entropy", "cross_entropy")
    wire("dense2.y", "cross_entropy", "dense2.y")
    wire("label", "cross_entropy", "dataset.label")
    wait("two wires", lambda: "2 wires" in editor.description("cross_entropy"))


def test_train():
    editor.key("ctrl+Return")
    building.check_trains(editor)
    building.check_learns(editor)


def test_saved():
    building.check_saved(editor, "built-by-keyboard.weft")


TESTS = [
    ("/journey/build/keyboard/start", test_start),
    ("/journey/build/keyboard/data", test_data),
    ("/journey/build/keyboard/layers", test_layers),
    ("/journey/build/keyboard/loss", test_loss),
    ("/journey/build/keyboard/train", test_train),
    ("/journey/build/keyboard/saved", test_saved),
]

sys.exit(driver.run(TESTS))
