#!/usr/bin/env python3
"""A network from an empty canvas to its curve with the pointer: the palette's rows, wires, buttons. One word is typed.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import sys

import building
import driver
from driver import wait

# Ports of a card at full size: the middle of their first line, and how far apart they are.
FIRST_PORT_Y = 44
PORT_PITCH = 20

editor = None
canvas = None
palette = None


def test_start():
    global editor, canvas, palette
    editor = building.start()
    editor.click(editor.get("New document", "push button"))
    canvas = editor.get("Canvas")
    palette = editor.get("Palette", "list")
    wait("the canvas to have its size", lambda: canvas.queryComponent().getSize()[0] > 600)


def row(title):
    """The row of the palette, wheeled to where one can point at it."""
    item = editor.get(title, "list item", within=palette)
    top = editor.place(canvas, 0, 80)[1]
    bottom = editor.place(canvas, 0, canvas.queryComponent().getSize()[1])[1]
    x = editor.place(item)[0]

    def scroll():
        y = editor.place(item)[1]
        if top < y < bottom:
            return y
        before = y
        editor.xdotool("mousemove", x, (top + bottom) // 2, "click", "--repeat", 3, 5 if y > bottom else 4)
        wait("the list to move", lambda: editor.place(item)[1] != before, 5)
        return None

    def still():
        y = scroll()
        return y and y == editor.place(item)[1]

    wait(f"the row {title} to be seen", still)
    return item


def drop(title, name, x, y):
    """From the palette to a place on the canvas."""
    place = editor.place(canvas, x, y)
    editor.drag(editor.place(row(title)), place)
    wait(f"the card {name}", lambda: editor.node(name))


def choose(name):
    editor.click(editor.node(name), 40, 12)
    wait(f"{name} to be selected", lambda: "selected" in editor.description(name))


def port(name, output=False, line=0):
    return editor.place(editor.node(name), -1 if output else 0, FIRST_PORT_Y + line * PORT_PITCH)


def wire(start, end, name, n_wires):
    editor.drag(start, end)
    wait(f"the wire at {name}", lambda: n_wires in editor.description(name))


def step_to(name, number):
    """The buttons beside the entry, as often as it takes; a click that a busy machine lost is made again."""
    choose(name)
    entry = editor.get("Units", "text")
    parent = entry.parent

    def value():
        text = entry.queryText()
        return int(text.getText(0, text.characterCount))

    def approach():
        before = value()
        if before == number:
            return True
        button = editor.find("More: Units" if before < number else "Less: Units", within=parent)
        x, y = editor.place(button)
        n = abs(number - before)
        editor.xdotool("mousemove", x, y, "click", "--repeat", n, "--delay", 15, 1)
        wait("the number to come near", lambda: abs(number - value()) < n, 10)
        return value() == number

    wait(f"{number} units", approach)


def test_data():
    drop("Dataset", "dataset", 60, 120)
    choose("dataset")
    editor.click(editor.get("Data", "text"))
    editor.xdotool("type", "--delay", 40, "mnist")
    editor.xdotool("mousemove", *editor.place(canvas, 30, 30), "click", 1)  # leaving the entry is enough
    wait("the images", lambda: "784" in editor.description("dataset"))


def test_layers():
    drop("Dense", "dense", 330, 120)
    wire(port("dataset", output=True), port("dense"), "dense", "1 wire")
    step_to("dense", 128)
    drop("Dense", "dense2", 600, 120)
    wire(port("dense", output=True), port("dense2"), "dense2", "1 wire")
    step_to("dense2", 10)


def test_loss():
    drop("cross_entropy", "cross_entropy", 600, 330)
    wire(port("dense2", output=True), port("cross_entropy"), "cross_entropy", "1 wire")
    # Dropped on the card: it finds the port that it fits.
    wire(port("dataset", output=True, line=1), editor.place(editor.node("cross_entropy"), 60, 12), "cross_entropy", "2 wires")
    wait("no problem", lambda: "no problem" in editor.description("cross_entropy"))


def test_train():
    editor.click(editor.get("Train", "push button"))
    building.check_trains(editor)
    building.check_learns(editor)


def lower():
    """How far dense stands below dataset; both were dropped at one height."""
    return editor.place(editor.node("dense"), 0, 0)[1] - editor.place(editor.node("dataset"), 0, 0)[1]


def test_undo_keeps():
    """Undo takes back the edit alone: curves stay, and the view stays as it was zoomed meanwhile."""
    stop = editor.get("Stop", "push button")
    if editor.sensitive(stop):
        editor.click(stop)
    wait("the run to stop", lambda: not editor.sensitive(stop))
    results = building.points(editor), building.last_loss(editor)
    assert abs(lower()) <= 2, lower()
    x, y = editor.place(editor.node("dense"), 40, 12)
    editor.drag((x, y), (x + 40, y + 160))
    wait("the card to have moved", lambda: lower() > 50)
    place = editor.place(editor.node("dataset"), 0, 0)
    editor.xdotool("mousemove", *editor.place(canvas, 40, 400), "click", "--repeat", 2, 5)
    wait("the view to have another zoom", lambda: editor.place(editor.node("dataset"), 0, 0) != place)

    seen = []

    def still():
        seen.append(editor.place(editor.node("dataset"), 0, 0))
        return len(seen) > 4 and len(set(seen[-4:])) == 1
    wait("the view to stand", still)
    place = seen[-1]
    editor.click(editor.find(None, "push button", editor.get("Undo", "panel")))
    wait("the card to be back", lambda: abs(lower()) <= 2)
    assert editor.place(editor.node("dataset"), 0, 0) == place
    assert (building.points(editor), building.last_loss(editor)) == results
    editor.click(editor.get("Redo", "push button"))
    wait("the card to have moved again", lambda: lower() > 50)
    assert editor.place(editor.node("dataset"), 0, 0) == place
    assert (building.points(editor), building.last_loss(editor)) == results


def test_saved():
    building.check_saved(editor, "built-by-pointer.weft")


TESTS = [
    ("/journey/build/pointer/start", test_start),
    ("/journey/build/pointer/data", test_data),
    ("/journey/build/pointer/layers", test_layers),
    ("/journey/build/pointer/loss", test_loss),
    ("/journey/build/pointer/train", test_train),
    ("/journey/build/pointer/undo-keeps", test_undo_keeps),
    ("/journey/build/pointer/saved", test_saved),
]

sys.exit(driver.run(TESTS))
