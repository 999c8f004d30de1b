#!/usr/bin/env python3
"""One file in two editors, each a process with a session of its own: neither writes over what the other saved.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import json
import os
import shutil
import subprocess
import sys

import driver
from driver import Editor, wait

EXAMPLE = os.path.join(os.environ.get("WEFT_DATA_DIR", ""), "examples", "digits-mlp.weft")
KEEP = "_Keep Mine Keep Mine"  # a button with a mnemonic, as the tree has it
path = os.path.join(os.environ.get("WEFT_TEST_HOME", "/tmp"), "shared.weft")
editor = None
other = None


class Other:
    """The second editor: its session is not this one's, so it is asked by its actions and the keys of its window."""

    def __init__(self):
        self.bus = subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--print-address"], stdout=subprocess.PIPE, text=True)
        self.address = self.bus.stdout.readline().strip()
        program = os.path.join(os.environ["WEFT_BUILD_DIR"], "app", "weft")
        environment = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": self.address, "GTK_A11Y": "none"}
        self.process = subprocess.Popen([program, path], env=environment)
        self.window = wait("the second window", self.find_window)

    def find_window(self):
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(self.process.pid)],
                               capture_output=True, text=True).stdout.split()
        return found[-1] if found else None

    def act(self, action, parameter="[]"):
        subprocess.run(["gdbus", "call", "--address", self.address, "--dest", "org.weft.Weft", "--object-path",
                        "/org/weft/Weft/window/1", "--method", "org.gtk.Actions.Activate", action, parameter, "{}"],
                       check=True, stdout=subprocess.DEVNULL)

    def enabled(self, action):
        said = subprocess.run(["gdbus", "call", "--address", self.address, "--dest", "org.weft.Weft", "--object-path",
                               "/org/weft/Weft/window/1", "--method", "org.gtk.Actions.Describe", action],
                              capture_output=True, text=True, check=True).stdout
        return said.startswith("((true")

    def key(self, *keys):
        subprocess.run(["xdotool", "windowraise", self.window, "windowfocus", "--sync", self.window, "key", *keys], check=True)

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=driver.LIMIT_S)
        self.bus.terminate()
        self.bus.wait(timeout=driver.LIMIT_S)


def nodes_on_disk():
    with open(path, encoding="utf-8") as file:
        return {node["id"]: node["at"] for node in json.load(file)["nodes"]}


def act(item, name):
    action = item.queryAction()
    action.doAction([action.getName(i) for i in range(action.nActions)].index(name))


def test_open():
    global editor, other
    shutil.copy(EXAMPLE, path)
    editor = Editor(path)
    wait("the cards", lambda: editor.node("hidden"))
    other = Other()
    assert other.process.pid != editor.process.pid and other.process.poll() is None
    wait("its document", lambda: other.enabled("save-as"))


def test_first_saves():
    """The other one deletes everything and saves; this one has an edit of its own and is told."""
    act(editor.node("hidden"), "node.move-right")
    wait("an edit", lambda: editor.find(starts="shared.weft · edited"))

    def delete():
        other.key("F6", "ctrl+a", "Delete")
        return wait("something to undo", lambda: other.enabled("undo"), 5)
    wait("the deletion", delete)
    other.act("save")
    wait("the file without nodes", lambda: not nodes_on_disk())
    editor.get(KEEP, "push button")


def test_not_over():
    """Save in this one does not write over it; after “keep mine” it does."""
    editor.act("save", window=1)
    editor.get(KEEP, "push button")
    assert not nodes_on_disk()
    act(editor.get(KEEP, "push button"), "click")
    wait("the question to go", lambda: editor.find(KEEP, "push button") is None)
    editor.act("save", window=1)
    wait("the file with the nodes", lambda: "hidden" in nodes_on_disk())


def test_other_reloads():
    """Now the other one is told, and shows what is there; its own step can be undone."""
    before = nodes_on_disk()

    def reload():
        other.act("reload")
        other.act("save-to", f"[<'{path}.copy'>]")
        with open(path + ".copy", encoding="utf-8") as file:
            return {node["id"]: node["at"] for node in json.load(file)["nodes"]} == before
    wait("the same in both", reload)
    other.end()
    editor.end()


TESTS = [
    ("/journey/two-editors/open", test_open),
    ("/journey/two-editors/first-saves", test_first_saves),
    ("/journey/two-editors/not-over", test_not_over),
    ("/journey/two-editors/other-reloads", test_other_reloads),
]

sys.exit(driver.run(TESTS))
