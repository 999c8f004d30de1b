#!/usr/bin/env python3
"""The lesson about log-softmax from outside: in a real window, with real pointer and key events and the accessibility tree.

Open the example, go to Optimise, search the rewrite and step to it, read its why and its proof, switch the rule off and see
the rewrite gone, switch it on again.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import os
import re
import sys

import driver
from driver import Editor, Failure, wait

RULE = "log-softmax"
WIDTH, HEIGHT = 1640, 1000

editor = None
place = None  # step and number of steps, when the rewrite was found


def now():
    """(step, steps, rule) as the timeline says it; None while there is none."""
    timeline = editor.find("Timeline of the rewrites", "slider")
    found = timeline and re.match(r"step (\d+) of (\d+), (\S+)", timeline.description)
    return found and (int(found.group(1)), int(found.group(2)), found.group(3))


def labels(within):
    """The texts of all labels inside, in order."""
    texts, queue = [], [within]
    while queue:
        item = queue.pop(0)
        if item is None:
            continue
        if item.getRoleName() == "label":
            texts.append(item.name)
        queue = list(item) + queue
    return texts


def rewrites():
    """The rows of the list that are log-softmax."""
    found, queue = [], [editor.app]
    while queue:
        item = queue.pop(0)
        if item is None:
            continue
        if item.getRoleName() == "list item" and re.match(rf"\d+ stabilise {RULE}:", item.name):
            found.append(item)
        queue = list(item) + queue
    return found


def test_open():
    global editor
    editor = Editor(os.path.join(os.environ["WEFT_DATA_DIR"], "examples", "optimise-log-softmax.weft"))
    editor.resize(WIDTH, HEIGHT)
    wait("the canvas", lambda: editor.find("Canvas"))
    wait("the window's size", lambda: editor.place(editor.get("Menu"))[0] > WIDTH - 240)
    editor.key("ctrl+3")
    wait("the graph as drawn", lambda: editor.find(starts="As drawn"))
    wait("the rewrite in the list", lambda: len(rewrites()) == 1)


def test_search():
    global place
    editor.key("ctrl+f")
    entry = editor.get("Search the steps", "entry")
    wait("the search", lambda: editor.place(entry)[1] > HEIGHT // 2)
    editor.xdotool("type", RULE)
    wait("the other steps to go", lambda: editor.find(starts="1 of ", role="status bar"))
    row = wait("the row of the rewrite", lambda: rewrites()[0])
    editor.click(row)
    wait("its step", lambda: now() and now()[2] == RULE)
    place = now()[:2]
    editor.click(editor.get("End the search", "push button"))
    wait("every step", lambda: len(rewrites()) == 1 and not editor.find(starts="1 of ", role="status bar"))
    assert now()[:2] == place


def test_step():
    editor.click(editor.get("Timeline of the rewrites", "slider"), 4, 2)
    editor.key("Home")
    wait("the beginning", lambda: not now() or now()[0] == 0)
    for _ in range(place[0]):
        editor.key("Down")
    wait("the rewrite again", lambda: now() and now()[:2] == place and now()[2] == RULE)


def test_why():
    wait("the reason", lambda: any("softmax underflows to 0" in text for text in labels(editor.app)))
    texts = labels(editor.app)
    assert "log(softmax(x, axis))" in texts, texts
    assert any("log_softmax(x, axis)" in text for text in texts), texts


def proof():
    """Rows that are infinite or NaN before and after, as the window says it; None: not proved yet."""
    texts = labels(editor.find("Proof on samples", "panel"))
    if "after: ∞ or NaN" not in texts:
        return None
    rows = [texts[texts.index(f"{side}: ∞ or NaN") + 1] for side in ("before", "after")]
    return [int(re.match(r"(\d+) rows?", text).group(1)) for text in rows]


def test_proof():
    before, after = wait("the proof", proof)
    assert before > 0 and after == 0, (before, after)
    texts = labels(editor.find("Proof on samples", "panel"))
    assert "256 rows" in texts, texts
    digits = re.match(r"([0-9.e-]+) rel", texts[texts.index("in float64") + 1])
    assert digits and float(digits.group(1)) < 1e-10, texts


def switch(times):
    return editor.find(f"{RULE}, applied {times}", "check box")


def checked(item):
    import pyatspi
    return item.getState().contains(pyatspi.STATE_CHECKED)


def press(times):
    """The switch of the rule with the pointer, scrolled to first."""
    item = wait("the switch of the rule", lambda: switch(times))
    for _ in range(60):
        x, y = editor.place(item)
        if 150 < y < HEIGHT - 30:
            editor.xdotool("mousemove", x, y, "sleep", 0.1, "click", 1)
            return
        editor.xdotool("mousemove", WIDTH - 200, HEIGHT - 200, "click", 5 if y > 150 else 4, "sleep", 0.1)
    raise Failure("the switch of the rule cannot be scrolled to")


def test_off():
    assert checked(switch("1 time"))
    press("1 time")
    wait("the rule to be off", lambda: switch("0 times") and not checked(switch("0 times")))
    wait("the rewrite to be gone", lambda: not rewrites())
    wait("another number of steps", lambda: now() and now()[1] != place[1])


def test_on():
    press("0 times")
    wait("the rule to be on", lambda: switch("1 time") and checked(switch("1 time")))
    wait("the rewrite to be back", lambda: len(rewrites()) == 1)
    wait("as many steps as before", lambda: now() and now()[1] == place[1])
    editor.end()


TESTS = [
    ("/journey/optimise/open", test_open),
    ("/journey/optimise/search", test_search),
    ("/journey/optimise/step", test_step),
    ("/journey/optimise/why", test_why),
    ("/journey/optimise/proof", test_proof),
    ("/journey/optimise/off", test_off),
    ("/journey/optimise/on", test_on),
]

sys.exit(driver.run(TESTS))
