#!/usr/bin/env python3
"""Real data to the end, from outside: in a real window, with real pointer and key events and the accessibility tree.

California's blanks are decided on import and its regression is looked at as residuals; the months of airlines are foretold row by
row; photographs and handwritten digits are told apart, with the confusion and the least sure ones beside; a language model writes
while it learns Shakespeare. With WEFT_REAL_DATA=short the long ones are left early, with WEFT_REAL_DATA=full they must reach what
can be expected of them: 98.5 in 100 digits (`make real-data`). Without it there are the two that take seconds.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import os
import re
import sys

import driver
from driver import Editor, wait

WIDTH, HEIGHT = 1600, 960
LENGTH = os.environ.get("WEFT_REAL_DATA")
FULL = LENGTH == "full"
LIMIT_S = 900 if FULL else driver.LIMIT_S

editor = None


def open_example(name):
    global editor
    editor = Editor(os.path.join(os.environ["WEFT_DATA_DIR"], "examples", name + ".weft"))
    editor.resize(WIDTH, HEIGHT)
    wait("the canvas", lambda: editor.find("Canvas"))
    editor.key("ctrl+2")
    editor.key("ctrl+Return")


def close():
    editor.alive()
    editor.end()


def said(title, pattern, holds=lambda found: True):
    """What a view says of itself, once it says so and it holds."""
    def check():
        view = editor.find(title, "image")
        found = view and re.search(pattern, view.description)
        return found if found and holds(found) else None
    return wait(f"{title}: {pattern}", check, LIMIT_S)


def ended():
    """The last epoch is done."""
    progress = editor.find(starts="Epoch ")
    return progress and re.fullmatch(r"Epoch (\d+) of \1", progress.name)


def entries():
    """How many entries the lists have: those of one that drops down come on top."""
    n, queue = 0, [list(editor.app)[-1]]
    while queue:
        item = queue.pop()
        if item is not None:
            n += item.getRoleName() == "list item"
            queue.extend(item)
    return n


def choose(name, entry):
    """An entry of the first list of this name that drops down, by the pointer and the keys."""
    before = entries()
    editor.click(editor.get(name, "combo box"))
    wait("the list", lambda: entries() > before)
    editor.key("Home", *["Down"] * entry, "Return")


def share(found):
    return int(found.group(1)) / int(found.group(2))


def fit(found):
    return float(found.group(1))


def test_california():
    """A regression, its residuals and the median that stands in for 207 blanks."""
    open_example("california-housing")
    wait("the end", ended, LIMIT_S)
    said("Regression", r"predicted by actual, .*R² (0\.\d+)", lambda found: fit(found) > 0.7)
    choose("What it shows", 1)
    said("Regression", r"residuals, .*R² (0\.\d+)", lambda found: fit(found) > 0.7)
    close()


def test_airline():
    """Months that are higher than any before are foretold."""
    open_example("airline-lstm")
    wait("the end", ended, LIMIT_S)
    choose("What it shows", 2)
    said("Regression", r"row by row, .*R² (0\.\d+)", lambda found: fit(found) > 0.6)
    close()


def test_shakespeare():
    """It writes while it learns, and not the same for long."""
    open_example("char-rnn")
    first = said("What it writes", r"drawn at random: “.{20,}").string
    said("What it writes", r"drawn at random: “.{20,}", lambda found: found.string != first)
    if FULL:
        wait("the end", ended, LIMIT_S)
        said("What it writes", r"drawn at random: “.*\b(the|and|you|to)\b")
    close()


def test_photographs():
    """Ten kinds of things: clearly more right than by chance, and the mistakes are there to see."""
    open_example("cifar-cnn")
    if FULL:
        wait("the end", ended, LIMIT_S)
    said("Confusion", r"(\d+) of (\d+) right", lambda found: share(found) > (0.4 if FULL else 0.2))
    said("Predictions, least sure first", r"wrong")
    close()


def test_digits():
    """A convolutional network reads digits; the confusion and the least sure ones follow it while it learns."""
    open_example("mnist-lenet")
    if FULL:
        wait("the end", ended, LIMIT_S)
    said("Confusion", r"(\d+) of (\d+) right", lambda found: share(found) > (0.985 if FULL else 0.7))
    said("Predictions, least sure first", r"wrong")
    close()


TESTS = [
    ("/journey/real-data/california", test_california),
    ("/journey/real-data/airline", test_airline),
    ("/journey/real-data/shakespeare", test_shakespeare),
    ("/journey/real-data/photographs", test_photographs),
    ("/journey/real-data/digits", test_digits),
]

sys.exit(driver.run(TESTS if LENGTH else TESTS[:2]))
