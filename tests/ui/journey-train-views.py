#!/usr/bin/env python3
"""Views of the Train page from outside: in a real window, with real pointer and key events and the accessibility tree.

Iris: train it, read the confusion matrix, click a cell of it and see those samples among the predictions; all of them again; a view
more from the menu; full size and back. Two moons: the decision boundary, and what it says of its points.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import os
import re
import sys

import driver
from driver import Editor, wait

WIDTH, HEIGHT = 1400, 900

editor = None


def open_example(name):
    global editor
    editor = Editor(os.path.join(os.environ["WEFT_DATA_DIR"], "examples", name + ".weft"))
    editor.resize(WIDTH, HEIGHT)
    wait("the canvas", lambda: editor.find("Canvas"))
    editor.key("ctrl+2")


def picture(title):
    return editor.find(title, "image")


def said(title, pattern):
    """What the view says of itself, once it says so."""
    def check():
        view = picture(title)
        return view and re.search(pattern, view.description)
    return wait(f"{title}: {pattern}", check)


def ended():
    """The last epoch is done. The message at the end is gone sooner than a slow machine finds it."""
    progress = editor.find(starts="Epoch ")
    return progress and re.fullmatch(r"Epoch (\d+) of \1", progress.name)


def test_empty():
    open_example("iris")
    said("Confusion", "Train the model")


def test_confusion():
    editor.key("ctrl+Return")
    wait("the end of the run", ended)
    found = said("Confusion", r"(\d+) of (\d+) right")
    assert int(found.group(2)) == 15, found.group(0)
    assert int(found.group(1)) >= 12, found.group(0)
    said("Predictions, least sure first", r"^\d of 15 wrong")


def test_cell():
    """The first cell, by the pointer: the rows of setosa that were taken for setosa."""
    view = picture("Confusion")
    editor.click(view, 120, 40)
    found = said("Predictions, least sure first", r"(\w+), taken for (\w+): (\d+)")
    assert found.group(1) == found.group(2) == "setosa", found.group(0)
    said("Confusion", r"setosa, and taken for it: " + found.group(3))


def test_cell_by_keys():
    """Two cells on and one down: versicolor, taken for virginica."""
    editor.key("Right", "Right", "Down", "Return")
    said("Predictions, least sure first", "versicolor, but taken for virginica: [01]")


def test_all_again():
    editor.click(editor.get("Show All", "push button"))
    said("Predictions, least sure first", r"^\d of 15 wrong")


def test_menu():
    editor.click(editor.get("Add View"))
    item = editor.get("Per class", "menu item")
    item.queryAction().doAction(0)
    said("Per class", r"mean F1 0\.\d+|mean F1 1\.000")


def test_boundary():
    editor.end()
    open_example("two-moons")
    editor.key("ctrl+Return")
    wait("the end of the run", ended)
    found = said("Decision boundary", r"(\d+) of (\d+) points right; (\S+) holds (\d+)% of the plane")
    assert int(found.group(1)) > 0.9 * int(found.group(2)), found.group(0)
    assert 20 < int(found.group(4)) < 80, found.group(0)


def test_end():
    editor.alive()
    editor.end()


TESTS = [
    ("/journey/train-views/empty", test_empty),
    ("/journey/train-views/confusion", test_confusion),
    ("/journey/train-views/cell", test_cell),
    ("/journey/train-views/keys", test_cell_by_keys),
    ("/journey/train-views/all-again", test_all_again),
    ("/journey/train-views/menu", test_menu),
    ("/journey/train-views/boundary", test_boundary),
    ("/journey/train-views/end", test_end),
]

sys.exit(driver.run(TESTS))
