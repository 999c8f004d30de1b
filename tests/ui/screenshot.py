"""Brings the editor into one state and takes its picture: screenshot.py STATE WIDTH HEIGHT FILE.png [EXAMPLE]

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import json
import os
import re
import subprocess
import sys
import time

from driver import FRAME_PX, Editor, wait

EXAMPLES = os.path.join(os.environ["WEFT_DATA_DIR"], "examples")


def points(editor):
    chart = editor.find("Loss", "image")
    found = chart and re.match(r"(\d+) point", chart.description)
    return int(found.group(1)) if found else 0


def digits(editor):
    wait("the cards", lambda: editor.node("hidden"))


def trained(editor):
    """The whole run, and what it says at its end has gone."""
    digits(editor)
    editor.key("ctrl+Return")
    wait("the end of the run", lambda: editor.find(starts="Training is done"))
    wait("the message to go", lambda: not editor.find(starts="Training is done"))
    assert points(editor) > 700


def state_start(editor):
    editor.get("MNIST, one hidden layer", "push button")


def state_build(editor):
    trained(editor)


def state_node(editor):
    digits(editor)
    editor.click(editor.node("hidden"), 30, 8)
    wait("the selection", lambda: "selected" in editor.description("hidden"))


def state_layer(editor):
    """Inside a layer of the library."""
    digits(editor)
    editor.click(editor.node("hidden"), 30, 8)
    wait("the selection", lambda: "selected" in editor.description("hidden"))
    editor.key("alt+Down")
    wait("the inside", lambda: editor.node("body"))


def state_group(editor):
    """Inside a group that was made of two nodes."""
    digits(editor)
    editor.click(editor.node("hidden"), 30, 8)
    wait("the selection", lambda: "selected" in editor.description("hidden"))
    editor.xdotool("keydown", "ctrl")
    editor.click(editor.node("logits"), 30, 8)
    editor.xdotool("keyup", "ctrl")
    editor.key("ctrl+g")
    wait("the group", lambda: editor.node("group"))
    editor.key("alt+Down")
    wait("the inside", lambda: editor.node("logits"))


def state_values(editor):
    """Values of a layer for one batch."""
    digits(editor)
    editor.click(editor.node("hidden"), 30, 8)
    wait("the selection", lambda: "selected" in editor.description("hidden"))
    editor.key("ctrl+e")
    wait("the values", lambda: editor.find("Values of hidden"))


def state_gradient(editor):
    """The backward graph below the forward one."""
    digits(editor)
    editor.click(editor.get("Gradient", "page tab"))
    wait("the gradient", lambda: editor.find(starts="hidden.W"))


def state_optimise(editor):
    """The step that the lesson is about: what the rule made."""
    wait("the canvas", lambda: editor.find("Canvas"))
    editor.key("ctrl+3")
    wait("the steps", lambda: editor.find(starts="As drawn"))
    for _ in range(int(os.environ.get("STEPS", "7"))):
        editor.key("Down")
    time.sleep(2)


def state_inspect(editor):
    """Kernels, measured."""
    wait("the canvas", lambda: editor.find("Canvas"))
    editor.key("ctrl+4")
    wait("the kernels", lambda: editor.find("Kernels"), 60)
    time.sleep(3)
    for _ in range(int(os.environ.get("STEPS", "0"))):
        editor.key("Down")
    time.sleep(1)


def state_plain(editor):
    """Any example as it opens."""
    wait("the canvas", lambda: editor.find("Canvas"))


def state_translated(editor):
    """The digits in any language: nodes keep their names."""
    wait("the cards", lambda: editor.find(starts="hidden, "))


def state_lesson(editor):
    """The third step of a lesson, and an edit that it refuses."""
    wait("the cards", lambda: editor.node("hidden"))
    for _ in range(2):
        editor.get(role="push button", starts="_Next", within=editor.get("Lesson")).queryAction().doAction(0)
    wait("the step", lambda: editor.find("Step 3 of 4"))
    editor.click(editor.node("hidden"), 30, 8)
    editor.key("Delete")
    wait("the refusal", lambda: editor.find(starts="In a lesson only"))


def state_present(editor):
    """Presenting, with a key shown."""
    wait("the canvas", lambda: editor.find("Canvas"))
    editor.key("shift+F11")
    wait("the header bar to go", lambda: not editor.find("Menu", "toggle button"))
    time.sleep(0.5)
    editor.key("ctrl+a")
    wait("the key", lambda: editor.find("Ctrl+A"))


def state_popover(editor):
    digits(editor)
    canvas = editor.get("Canvas")
    x, y = editor.place(canvas, 40, 40)
    editor.xdotool("mousemove", x, y, "click", 1)
    editor.key("shift+a")
    wait("the search", lambda: editor.find("Search operations"))
    editor.xdotool("type", "soft")


def state_error(editor):
    wait("the cards", lambda: editor.node("logits"))
    editor.key("F5")
    time.sleep(1)


def state_train(editor):
    trained(editor)
    editor.key("ctrl+2")
    time.sleep(0.3)
    x, y = editor.place(wait("the chart", lambda: editor.find("Loss", "image")), 300, 120)
    editor.xdotool("mousemove", x, y)


def state_views(editor):
    """Train with its views, after a run; VIEWS names more of them to open."""
    wait("the canvas", lambda: editor.find("Canvas"))
    editor.key("ctrl+2")
    for name in os.environ.get("VIEWS", "").split():
        editor.act("show-view", f"[<'{name}'>]", 1)
    editor.key("ctrl+Return")
    if "RUNNING" in os.environ:
        time.sleep(float(os.environ["RUNNING"]))
        return
    wait("the end of the run", lambda: editor.find(starts="Training is done"), 80)
    time.sleep(2)


def state_shortcuts(editor):
    digits(editor)
    editor.act("shortcuts")
    time.sleep(1)


def state_find(editor):
    """Search in the graph, with what it found selected."""
    wait("the cards", lambda: editor.node("hidden"))
    editor.key("ctrl+f")
    wait("the bar", lambda: editor.find("Search in the graph"))
    editor.xdotool("type", "dense")
    wait("the count", lambda: editor.find("2 nodes"))


def state_commands(editor):
    """The command palette, after a few letters."""
    digits(editor)
    editor.key("ctrl+shift+p")
    time.sleep(0.8)
    editor.xdotool("type", "align")


def state_outline(editor):
    """The tree of nodes, ports and wires, opened at one node."""
    digits(editor)
    editor.key("ctrl+shift+o")
    time.sleep(0.5)
    editor.key("Down", "Right")


def state_history(editor):
    """The steps of the document, after two edits."""
    state_node(editor)
    editor.key("shift+d")
    time.sleep(0.3)
    editor.key("h")
    time.sleep(0.3)
    editor.key("ctrl+alt+z")
    time.sleep(0.5)


def state_tooltip(editor):
    digits(editor)
    x, y = editor.place(editor.node("hidden"), 40, 10)
    editor.xdotool("mousemove", x, y - 3, "sleep", 0.2, "mousemove", x, y)
    time.sleep(1.5)


def state_help(editor):
    """What F1 says about a node."""
    state_node(editor)
    editor.key("F1")
    time.sleep(1)


def state_menu(editor):
    """The context menu of a node."""
    state_node(editor)
    editor.key("shift+F10")
    time.sleep(1)


def state_primary(editor):
    """The menu of the window."""
    digits(editor)
    editor.key("F10")
    time.sleep(1)


def state_structure(editor):
    """A frame, a note, a collapsed and a bypassed node."""
    state_node(editor)
    editor.key("m")
    time.sleep(0.3)
    editor.key("ctrl+j")
    time.sleep(0.5)
    editor.key("Escape", "Escape")
    canvas = editor.get("Canvas")
    x, y = editor.place(canvas, 60, 60)
    editor.xdotool("mousemove", x, y, "click", 1)
    editor.key("shift+n")
    time.sleep(0.5)
    editor.xdotool("type", "Two layers make a circle: $x^2 + y^2$")


def state_training(editor):
    """Train while it runs."""
    digits(editor)
    editor.key("ctrl+2")
    editor.key("ctrl+Return")
    wait("the chart", lambda: points(editor) > 20)


def state_export(editor):
    digits(editor)
    editor.key("ctrl+shift+e")
    time.sleep(1.5)


def state_about(editor):
    digits(editor)
    editor.act("about")
    time.sleep(1)


def state_preferences(editor):
    digits(editor)
    editor.act("preferences")
    time.sleep(1)


def state_keys(editor):
    """The page of keys in Preferences, waiting for one."""
    state_preferences(editor)
    editor.xdotool("mousemove", 340, 30, "click", 1)
    time.sleep(0.5)
    editor.xdotool("mousemove", 200, 190, "click", 1)


def broken_example():
    """The digits with a wire that does not fit and one that is missing."""
    with open(os.path.join(EXAMPLES, "digits-mlp.weft"), encoding="utf-8") as file:
        document = json.load(file)
    document["wires"] = [wire for wire in document["wires"] if wire != "logits.y -> cost.logits"]
    document["wires"].append("digits.label -> cost.logits")
    path = os.path.join(os.environ["WEFT_TEST_HOME"], "broken.weft")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)
    return path


def main():
    state, width, height, path = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    example = sys.argv[5] if len(sys.argv) > 5 else "digits-mlp"
    arguments = {"start": [], "error": [broken_example()]}.get(state, [os.path.join(EXAMPLES, example + ".weft")])
    editor = Editor(*arguments)
    editor.resize(width + 2 * FRAME_PX, height + 2 * FRAME_PX)
    globals()["state_" + state](editor)
    time.sleep(0.8)  # animations
    subprocess.run(["import", "-window", "root", "-crop", f"{width}x{height}+{FRAME_PX}+{FRAME_PX}", "+repage", path], check=True)
    editor.end()


main()
