#!/usr/bin/env python3
"""Data from outside: in a real window, with real pointer and key events and the accessibility tree.

California housing is imported: the window says that 207 numbers are missing and does not go on before it is told what
to do about them. The dataset stands on the canvas in one step that undo takes back, its rows are looked at, and the
answers are saved. A wrong file is refused by its line.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import json
import os
import sys
import tempfile

import driver
from driver import Editor, wait

WIDTH, HEIGHT = 1500, 1000

editor = None
folder = tempfile.mkdtemp(prefix="weft-data-")


def housing():
    return os.path.join(os.environ["WEFT_DATA_DIR"], "datasets", "california-housing", "housing.csv"), 20640, 207


def items(role=None):
    """Everything of a role in the newest window but the cells of its table, which are many."""
    found, queue = [], [list(editor.app)[-1]]
    while queue:
        item = queue.pop(0)
        if item is None or item.name == "Rows":
            continue
        if role is None or item.getRoleName() == role:
            found.append(item)
        queue.extend(item)
    return found


def named(name, role=None):
    return next((item for item in items(role) if item.name.endswith(name)), None)


def labels():
    return [item.name for item in items("label")]


def says(text):
    return any(text in name for name in labels())


def test_open():
    global editor
    editor = Editor()
    editor.resize(WIDTH, HEIGHT)
    editor.act("new")
    wait("the canvas", lambda: editor.find("Canvas"))


def test_wrong_file():
    path = os.path.join(folder, "wrong.csv")
    with open(path, "w") as out:
        out.write("a,b\n1,2\n3,4,5\n")
    editor.act("import-file", f"[<'{path}'>]", window=1)
    wait("the line", lambda: says("wrong.csv:3"))
    editor.key("Escape")
    wait("the end of the window", lambda: not editor.find(starts="Import wrong"))


def test_preview():
    path, rows, missing = housing()
    editor.act("import-file", f"[<'{path}'>]", window=1)
    wait("the preview", lambda: says("median_house_value"))
    wait("what is missing", lambda: says(f"{missing} numbers are missing"))
    button = wait("the button", lambda: named("Import", "push button"))
    assert not editor.sensitive(button), "it goes on without an answer"
    assert says("Choose what to do about the missing numbers.")


def pick(name, position):
    """The entry at @position of the list that drops down where @name stands."""
    button = wait(name, lambda: named(name))
    before = len(items("list item"))
    editor.click(button)
    wait("the list", lambda: len(items("list item")) > before)
    editor.key("Home", *["Down"] * position, "Return")


def test_choices():
    """What is missing is filled in, and the price is what is to be foretold."""
    pick("Missing numbers", 3)
    button = wait("the button", lambda: named("Import", "push button"))
    wait("the answer to do", lambda: editor.sensitive(button))
    assert not says("Choose what to do about the missing numbers.")


def test_import():
    editor.click(wait("the button", lambda: named("Import", "push button")))
    wait("the card", lambda: editor.node("housing"))
    wait("the end of the window", lambda: not named("Import", "push button"))
    editor.key("ctrl+z")
    wait("the step taken back", lambda: not editor.node("housing"))
    editor.key("ctrl+shift+z")
    wait("the card again", lambda: editor.node("housing"))


def test_look():
    editor.act("look-at-data", window=1)
    wait("the rows", lambda: named("Split"))
    wait("a column", lambda: says("longitude"))
    editor.key("Escape")
    wait("the end of the window", lambda: not named("Split"))


def test_save():
    """The answers stand in the document."""
    path = os.path.join(folder, "housing.weft")
    editor.act("save-to", f"[<'{path}'>]", window=1)
    wait("the file", lambda: os.path.exists(path))
    with open(path, encoding="utf-8") as file:
        params = json.load(file)["nodes"][0]["params"]
    assert params["missing"] == "median", params
    assert params["split"]["train"] == 0.8, params
    editor.end()


TESTS = [
    ("/journey/data/open", test_open),
    ("/journey/data/wrong-file", test_wrong_file),
    ("/journey/data/preview", test_preview),
    ("/journey/data/choices", test_choices),
    ("/journey/data/import", test_import),
    ("/journey/data/look", test_look),
    ("/journey/data/save", test_save),
]

sys.exit(driver.run(TESTS))
