#!/usr/bin/env python3
"""kill -9 of the real editor while it is used, the disk of its state full, two windows: nothing is lost.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import os
import random
import subprocess
import sys
import time

import driver
from driver import Editor, wait

home = os.environ.get("WEFT_TEST_HOME", "/tmp")
journals = os.path.join(home, "state", "weft", "journals")
editor = None


def shows(names):
    """Whether these nodes, and no others, are on the canvas."""
    n = len(names)
    return editor.find(starts=f"{n} node{'s' if n != 1 else ''} ") and all(editor.node(name) for name in names)


def add(text):
    editor.key("shift+a")
    wait("the search", lambda: editor.find(role="list item"))
    editor.xdotool("type", text)
    wait("what was searched for", lambda: editor.find(text, "list item"))
    editor.key("Return")


def start_empty():
    global editor
    editor = Editor()
    editor.resize(1400, 900)
    editor.act("new")
    wait("the canvas", lambda: editor.find("Canvas"))
    editor.click(editor.get("Canvas"))


def kill():
    editor.process.kill()
    editor.process.wait(timeout=driver.LIMIT_S)


def start_again():
    global editor
    editor = Editor()
    editor.resize(1400, 900)
    wait("the canvas", lambda: editor.find("Canvas"))


nodes = []


def test_kill():
    """Killed at random moments after edits: each time all of them are there, and undo goes on."""
    start_empty()
    for op in ("relu", "tanh", "exp", "softmax"):
        add(op)
        nodes.append(op)
        wait(f"{op} on the canvas", lambda: shows(nodes))
        time.sleep(random.uniform(0, 0.3))  # the moment is what is tested
        kill()
        start_again()
        wait(f"{nodes} after kill -9", lambda: shows(nodes))
        editor.click(editor.get("Canvas"), 20, 20)
    for _ in range(2):
        editor.key("ctrl+z")
        nodes.pop()
        wait(f"only {nodes}", lambda: shows(nodes))
    kill()
    start_again()
    wait("two nodes", lambda: shows(nodes))
    editor.click(editor.get("Canvas"), 20, 20)
    editor.key("ctrl+shift+z")
    nodes.append("exp")
    wait("exp again", lambda: shows(nodes))


def beside():
    """Where relu is beside tanh: a view may move."""
    (x, y), (x0, y0) = (editor.place(editor.node(name), 0, 0) for name in ("relu", "tanh"))
    return x - x0, y - y0


def test_drag():
    """Killed while a card is in the hand: it is where it was taken, as if it never had been."""
    before = beside()
    x, y = editor.place(editor.node("relu"), 30, 8)
    editor.xdotool("mousemove", x, y, "mousedown", 1, "mousemove", x + 30, y + 20, "mousemove", x + 90, y + 60)
    wait("the card to follow", lambda: beside() != before)
    kill()
    editor.xdotool("mouseup", 1)
    start_again()
    wait("all nodes", lambda: shows(nodes))
    wait("the card where it was", lambda: beside() == before)


def test_quit():
    """Ctrl+Q asks nothing, and nothing is lost."""
    editor.key("ctrl+q")
    editor.process.wait(timeout=driver.LIMIT_S)
    start_again()
    wait("what was there", lambda: shows(nodes))


def test_full():
    """No room for the journal: a strip says so, edits go on, and once there is room all is written."""
    fill = os.path.join(journals, "fill")
    with open(fill, "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
    editor.click(editor.get("Canvas"), 20, 20)
    # The page of the file that is there already still has room: edits that say more and more.
    n = len(nodes)
    while not editor.find(starts="Changes cannot be kept safe"):
        assert n < 1000, "nothing is said of the disk"
        editor.key("ctrl+a")
        editor.key("ctrl+d")
        n *= 2
        wait(f"{n} nodes", lambda: editor.find(starts=f"{n} nodes "))
    os.remove(fill)
    wait("the strip to go", lambda: not editor.find(starts="Changes cannot be kept safe"))
    kill()
    start_again()
    wait("everything", lambda: editor.find(starts=f"{n} nodes "))


def main():
    """With a small disk for the state, where the right to mount one is there."""
    if os.environ.get("WEFT_OWN_MOUNTS") != "1":
        own = subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode == 0
        if own:
            os.execvpe("unshare", ["unshare", "-m", sys.executable, os.path.abspath(__file__)],
                       os.environ | {"WEFT_OWN_MOUNTS": "1"})
    tests = [("kill", test_kill), ("drag", test_drag), ("quit", test_quit)]
    os.makedirs(journals, exist_ok=True)
    if os.environ.get("WEFT_OWN_MOUNTS") == "1":
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "weft", journals], check=True)
        tests.append(("full", test_full))
    try:
        return driver.run(tests)
    finally:
        if editor:
            editor.process.kill()


if __name__ == "__main__":
    sys.exit(main())
