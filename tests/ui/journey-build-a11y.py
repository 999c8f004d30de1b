#!/usr/bin/env python3
"""A network from an empty canvas to its curve through the accessibility tree alone: no pointer, no key.

What assistive technology has: the actions of what is in the tree, texts that can be set. Nodes come from the palette's
rows, everything else is done at the rows of the Outline and in the inspector.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import sys

import building
import driver
from driver import wait

editor = None
palette = None
outline = None
pane = None


def actions(item):
    try:
        found = item.queryAction()
    except NotImplementedError:
        return []
    return [found.getName(i) for i in range(found.nActions)]


def act(item, name):
    item.queryAction().doAction(actions(item).index(name))


def press(name, role="push button", within=None):
    act(editor.get(name, role, within), "click")


def page(name):
    """Of the pane at the left."""
    press(name, "page tab")


def row(name):
    """Of the Outline; what lies around it in the tree may have its name, but not its actions."""
    queue = [outline]
    while queue:
        item = queue.pop(0)
        if item is not None and item.name == name and "row.go" in actions(item):
            return item
        queue.extend(item or [])
    return None


def turn(name, what, check):
    """Opens or closes the row, by an action of the expander around it. The row may be another's a moment later: again."""
    def attempt():
        expander = row(name).parent
        while what not in actions(expander):
            expander = expander.parent
        act(expander, what)
        return wait("the rows below", check, 5)
    for _ in range(5):
        try:
            return wait(f"the row {name}", lambda: row(name)) and attempt()
        except (driver.Failure, AttributeError):
            continue
    raise driver.Failure(f"the row {name} does not {what}")


def expand(name, child):
    turn(name, "listitem.expand", lambda: row(child))


def collapse(name, child):
    turn(name, "listitem.collapse", lambda: not row(child))


def add(title, name):
    page("Palette")
    act(editor.get(title, "list item", palette), "row.choose")
    page("Outline")
    wait(f"the row {name}", lambda: row(name))


def choose(name):
    """The inspector shows what is selected."""
    act(wait(f"the row {name}", lambda: row(name)), "row.go")
    wait(f"{name} in the inspector", lambda: editor.find("Name", "text").queryText().getText(0, 99) == name)


def set_parameter(name, title, text):
    choose(name)
    entry = editor.get(title, "text")
    entry.queryEditableText().setTextContents(text)
    act(entry, "activate")


def connect(name, port, wire):
    """At a port's row, with one of the wires that fit."""
    expand(name, port)
    act(wait(f"the row {port}", lambda: row(port)), "row.connect")
    act(wait(f"the offer {wire}", lambda: editor.find(wire, "list item", pane)), "row.choose")
    wire_row = "wire from " + wire.split(" ")[0]
    expand(port, wire_row)
    collapse(name, port)


def test_start():
    global editor, palette, outline, pane
    editor = building.start()
    press("New document")
    palette = editor.get("Palette", "list")
    outline = editor.get("Outline", "list")
    pane = outline.parent.parent


def test_data():
    add("Dataset", "dataset")
    set_parameter("dataset", "Data", "mnist")
    wait("the images", lambda: "784" in editor.description("dataset"))


def test_layers():
    add("Dense", "dense")
    set_parameter("dense", "Units", "128")
    wait("the wire that it came with", lambda: "1 wire" in editor.description("dense"))
    add("Dense", "dense2")
    set_parameter("dense2", "Units", "10")


def test_wire():
    """Out and in again, at the rows of the wire and of the port."""
    expand("dense2", "input x")
    expand("input x", "wire from dense.y")
    act(row("wire from dense.y"), "row.disconnect")
    wait("the wire to go", lambda: not row("wire from dense.y") and "1 wire" in editor.description("dense"))
    collapse("dense2", "input x")
    connect("dense2", "input x", "dense.y → dense2.x")


def test_loss():
    add("cross_entropy", "cross_entropy")
    wait("the wire that it came with", lambda: "1 wire" in editor.description("cross_entropy"))
    connect("cross_entropy", "input labels", "dataset.label → cross_entropy.labels")
    wait("no problem", lambda: "no problem" in editor.description("cross_entropy"))


def test_undo():
    """What the Outline shows follows."""
    press_in = editor.get("Undo", "panel")
    act(editor.find(None, "push button", press_in), "click")
    wait("one wire", lambda: "1 wire" in editor.description("cross_entropy"))
    press("Redo")
    wait("two wires", lambda: "2 wires" in editor.description("cross_entropy"))


def test_train():
    press("Train")
    building.check_trains(editor)
    building.check_learns(editor)


def test_saved():
    building.check_saved(editor, "built-by-tree.weft")


TESTS = [
    ("/journey/build/a11y/start", test_start),
    ("/journey/build/a11y/data", test_data),
    ("/journey/build/a11y/layers", test_layers),
    ("/journey/build/a11y/wire", test_wire),
    ("/journey/build/a11y/loss", test_loss),
    ("/journey/build/a11y/undo", test_undo),
    ("/journey/build/a11y/train", test_train),
    ("/journey/build/a11y/saved", test_saved),
]

sys.exit(driver.run(TESTS))
