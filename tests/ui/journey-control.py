"""Control over a run, from outside: a step phase by phase, a breakpoint, one epoch, one step back, frozen parameters.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import json
import os
import sys

import driver
from driver import wait

HOME = os.environ["WEFT_TEST_HOME"]
DOCUMENT = os.path.join(HOME, "digits.weft")
editor = None


def begin():
    global editor
    with open(os.path.join(os.environ["WEFT_DATA_DIR"], "examples", "digits-mlp.weft")) as source:
        document = json.load(source)
    document["training"]["epochs"] = 6
    with open(DOCUMENT, "w") as copy:
        json.dump(document, copy)
    editor = driver.Editor(DOCUMENT)
    wait("the cards", lambda: editor.node("hidden"))


def phases():
    """Four presses make a step; each says what it shows."""
    for text in ("Step 1: what flows to the loss", "Step 1: the loss and the metrics", "Step 1: gradients of the loss",
                 "Step 1: how much the parameters changed", "Step 2: what flows to the loss"):
        editor.key("ctrl+F8")
        wait(text, lambda: editor.find(text))


def breakpoint_here():
    """B on a card: the run pauses there, and the card says so."""
    editor.click(editor.node("logits"), 40, 12)
    editor.key("b")
    wait("the mark", lambda: "breakpoint" in editor.description("logits"))
    editor.key("F5")
    wait("the pause", lambda: editor.find("Step 3 paused at logits"))
    editor.click(editor.node("logits"), 40, 12)
    editor.key("b")
    wait("no mark", lambda: "breakpoint" not in editor.description("logits"))


def epoch_and_back():
    """One epoch, then one step back."""
    editor.key("shift+F8")
    wait("the end of an epoch", lambda: editor.find("Continue", "push button") and editor.find(starts="epoch 2/6"))
    editor.key("ctrl+shift+F8")
    wait("the step before", lambda: editor.find(starts="epoch 1/6"))


def frozen():
    """Names in the form; how many numbers they are stands below."""
    editor.key("Escape")
    editor.key("ctrl+2")
    entry = wait("the row", lambda: editor.find("Frozen", "text"))
    entry.queryEditableText().setTextContents("hidden.*")
    editor.act("save", window=1)
    wait("the counts", lambda: editor.find(starts="8 320 of 9 610 numbers") or editor.find(starts="8\u202f320 of 9\u202f610 numbers"))


def main():
    try:
        return driver.run([("begin", begin), ("phases", phases), ("breakpoint", breakpoint_here), ("epoch-and-back", epoch_and_back),
                           ("frozen", frozen)])
    finally:
        if editor:
            editor.process.kill()


if __name__ == "__main__":
    sys.exit(main())
