"""Brings the editor into one state and takes its picture: screenshot.py STATE WIDTH HEIGHT FILE.png [EXAMPLE]

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import gettext
import json
import os
import re
import shutil
import subprocess
import sys
import time

import driver
from driver import FRAME_PX, wait

DATA = os.environ["WEFT_DATA_DIR"]
EXAMPLES = os.path.join(DATA, "examples")
HOME = os.environ["WEFT_TEST_HOME"]


class Editor(driver.Editor):
    """The states name things in English; in another language the catalogue says how they are called."""

    def __init__(self, *arguments):
        self.words = {}
        try:
            self.words = gettext.translation("weft", os.environ["WEFT_LOCALE_DIR"], [os.environ["LANGUAGE"]])._catalog
        except (OSError, KeyError):
            pass
        super().__init__(*arguments)

    def translate(self, name):
        return self.words.get(name) or name

    def translate_start(self, start):
        """Of a text that is longer; up to the first number in it."""
        whole = next((text for text in self.words if isinstance(text, str) and text.startswith(start) and self.words[text]), None)
        return self.words[whole].split("%")[0] if whole else start

    def find(self, name=None, role=None, within=None, starts=None):
        return super().find(name and self.translate(name), role, within, starts and self.translate_start(starts))


def points(editor):
    chart = editor.find("Loss", "image")
    found = chart and re.search(r"\d+", chart.description)
    return int(found.group()) if found else 0


def digits(editor):
    wait("the cards", lambda: editor.node("hidden"))


def all_items(editor, role):
    """Everything of a role."""
    found, queue = [], [editor.app]
    while queue:
        item = queue.pop()
        if item is not None:
            if item.getRoleName() == role:
                found.append(item)
            queue.extend(item)
    return found


def epoch(editor):
    """(now, last) as the progress says, in any language."""
    editor.alive()
    start = editor.translate_start("Epoch ")
    found = next((item.name for item in all_items(editor, "label")
                  if item.name.startswith(start) and re.fullmatch(r"\D*\d+\D+\d+\D*", item.name)), None)
    return tuple(map(int, re.findall(r"\d+", found))) if found else (0, 1)


def trained(editor):
    """The whole run, and what it says at its end has gone."""
    digits(editor)
    editor.key("ctrl+Return")
    wait("the end of the run", lambda: epoch(editor)[0] == epoch(editor)[1], 200)
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


def state_several(editor):
    """Two layers, and what one does with both."""
    state_node(editor)
    editor.xdotool("keydown", "ctrl")
    editor.click(editor.node("logits"), 30, 8)
    editor.xdotool("keyup", "ctrl")
    wait("the form", lambda: editor.find("2 nodes selected"))


def state_panes(editor):
    """The inspector, floating over the canvas where it has no room beside it."""
    state_node(editor)
    if not editor.find("Units"):
        editor.key("shift+F9")
    wait("the form", lambda: editor.find("Units"))


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


def dock(editor, tab, ready):
    """A page below the canvas, by its tab, or from the list where the tabs have no room."""
    trained(editor)
    page = editor.find(tab, "page tab")
    if page:
        editor.click(page)
    else:
        editor.click(editor.get("Page", "combo box"))
        editor.key("Home", *["Down"] * ["Curves", "Problems", "Gradient", "Values", "Optimised Graph", "Memory", "Kernels"].index(tab), "Return")
    wait(tab, ready)


def state_dock_values(editor):
    """How the weights change, below the canvas."""
    dock(editor, "Values", lambda: editor.find("Weights over time"))


def state_dock_optimised(editor):
    """What the optimiser makes of it, below the canvas."""
    dock(editor, "Optimised Graph", lambda: editor.find(starts="Operations: "))


def state_dock_memory(editor):
    """The plan of memory, below the canvas."""
    dock(editor, "Memory", lambda: editor.find("Memory over one step", "image"))


def state_dock_kernels(editor):
    """What the kernels take, below the canvas."""
    dock(editor, "Kernels", lambda: editor.find("Kernels", "tree table"))


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
    for step in (1, 2):
        wait("the step", lambda: editor.find(f"Step {step} of 4"))
        editor.get(role="push button", starts="_Next", within=editor.get("Lesson")).queryAction().doAction(0)
    wait("the step", lambda: editor.find("Step 3 of 4"))
    editor.click(editor.node("hidden"), 30, 8)
    editor.key("Delete")
    wait("the refusal", lambda: editor.find(starts="Only the knobs"))


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
    """Train with its views after a run, or after $EPOCHS epochs of it; $VIEWS are opened ("health", "filters:conv1"), and only $FULL
    is seen."""
    wait("the canvas", lambda: editor.find("Canvas"))
    for name in os.environ.get("VIEWS", "").split():
        view, _, node = name.partition(":")
        if node:
            editor.key("ctrl+1")
            editor.click(wait(node, lambda: editor.node(node)), 30, 8)
            editor.act("show-of", f"[<'{view}'>]", 1)
        else:
            editor.act("show-view", f"[<'{view}'>]", 1)
    editor.key("ctrl+2")
    editor.key("ctrl+Return")
    epochs = int(os.environ.get("EPOCHS", 0))
    wait("the epochs", lambda: epoch(editor)[0] > epochs if epochs else epoch(editor)[0] == epoch(editor)[1], 200)
    if epochs:
        editor.act("pause", window=1)
    time.sleep(3)
    if "FULL" in os.environ:
        editor.act("show-view", f"[<'{os.environ['FULL']}'>]", 1)
        time.sleep(1)


def state_empty(editor):
    """Train before anything was trained."""
    wait("the canvas", lambda: editor.find("Canvas"))
    editor.key("ctrl+2")
    time.sleep(1)


def command(editor, title):
    """By the command palette."""
    editor.key("ctrl+shift+p")
    time.sleep(0.8)
    editor.xdotool("type", editor.translate(title))
    time.sleep(0.5)
    editor.key("Return")
    time.sleep(0.5)


def state_runs(editor):
    """Three runs side by side: as drawn, another rule, another rate."""
    state_views(editor)
    for rate in ("0.0003", "0.02"):
        editor.click(editor.get("Rate", "text"))
        editor.key("ctrl+a")
        editor.xdotool("type", rate)
        editor.key("Return")
        before = len(all_items(editor, "toggle button"))
        editor.act("train", window=1)
        wait("another row", lambda: len(all_items(editor, "toggle button")) > before)
        wait("the end", lambda: epoch(editor)[0] == epoch(editor)[1], 200)
        time.sleep(2)


def state_timeline(editor):
    """An older checkpoint, looked at."""
    state_views(editor)
    editor.click(editor.get("Checkpoint that the views show", "slider"), 60, 8)
    wait("the older step", lambda: editor.find(starts="Views show step"))
    time.sleep(2)


def state_pad(editor):
    """A seven, drawn with the pointer."""
    os.environ["VIEWS"] = "pad"
    state_views(editor)
    pad = editor.get("Draw a digit", "image") if editor.find("Draw a digit", "image") else editor.get("Draw", "image")
    box = pad.queryComponent().getExtents(1)
    side = min(box.width, box.height)
    at = [editor.place(pad, round(x * side), round(y * side)) for x, y in ((0.2, 0.15), (0.6, 0.15), (0.35, 0.75))]
    editor.xdotool("mousemove", *at[0], "mousedown", 1, "sleep", 0.1, "mousemove", *at[1], "sleep", 0.1, "mousemove", *at[2],
                   "sleep", 0.1, "mouseup", 1)
    time.sleep(2)


def newest(editor):
    """Takes the window that came to the corner, where the picture shows it whole."""
    def others():
        return [window for window in subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(editor.process.pid)],
                                                    capture_output=True, text=True).stdout.split() if window != editor.window_id]
    editor.xdotool("windowmove", max(wait("the window", others), key=int), 20, 20)
    time.sleep(1.5)


def imported(editor, *path):
    wait("the canvas", lambda: editor.find("Canvas"))
    editor.act("import-file", f"[<'{os.path.join(*path)}'>]", window=1)
    newest(editor)
    wait("what was read", lambda: editor.find("Columns", "list") or editor.find("This File Cannot Be Read"))
    time.sleep(0.5)


def state_import(editor):
    """A table with gaps."""
    imported(editor, DATA, "datasets", "california-housing", "housing.csv")


def state_import_text(editor):
    imported(editor, DATA, "datasets", "tiny-shakespeare", "input.txt")


def state_import_pictures(editor):
    """A folder for each class."""
    folder = os.path.join(HOME, "shapes")
    for kind, word in (("circles", "circle 16,16 16,%d"), ("squares", "rectangle %d,8 24,24")):
        os.makedirs(os.path.join(folder, kind))
        for i in range(12):
            subprocess.run(["convert", "-size", "32x32", "xc:black", "-fill", ("white", "orange", "skyblue")[i % 3], "-draw", word % (4 + i % 6),
                            os.path.join(folder, kind, f"{i}.png")], check=True)
    imported(editor, folder)


def state_import_digits(editor):
    imported(editor, DATA, "datasets", "mnist", "t10k-images-idx3-ubyte.gz")


def state_import_broken(editor):
    path = os.path.join(HOME, "weather.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write("day,degrees\nMonday,3.5\nTuesday,4.0,cloudy\n")
    imported(editor, path)


def state_data(editor):
    """The rows of a dataset."""
    wait("the canvas", lambda: editor.find("Canvas"))
    editor.act("look-at-data", window=1)
    newest(editor)
    wait("the rows", lambda: editor.find("Columns", "list"))
    time.sleep(0.5)


def dialog(action, settle_s=1.5):
    def state(editor):
        wait("the canvas", lambda: editor.find("Canvas"))
        editor.act(action, window=1)
        time.sleep(settle_s)
        newest(editor)
    return state


state_sweep = dialog("sweep")
state_print = dialog("print")
state_lesson_editor = dialog("edit-lesson")
state_import_choose = dialog("import-data")
state_save_as = dialog("save-as")


def state_curves_export(editor):
    trained(editor)
    editor.act("export-curves", window=1)
    newest(editor)


def state_report(editor):
    trained(editor)
    editor.act("export-report", window=1)
    newest(editor)


def state_search(editor):
    """The steps of Optimise that have a word in them."""
    os.environ["STEPS"] = "3"
    state_optimise(editor)
    editor.key("slash")
    time.sleep(0.5)
    editor.xdotool("type", "gradient")


def state_quiz(editor):
    os.environ["STEPS"] = "3"
    state_optimise(editor)
    command(editor, "Begin or end the quiz")


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
    """A frame, a collapsed and a bypassed node, and a note that is being written."""
    digits(editor)
    for node, key in ("p", "m"), ("logits", "h"), ("hidden", "ctrl+j"):
        editor.click(editor.node(node), 30, 8)
        wait("the selection", lambda: "selected" in editor.description(node))
        editor.key(key)
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


def state_device(editor):
    """Where the next run computes."""
    digits(editor)
    editor.click(editor.get(starts="CPU · ", role="push button"))
    wait("the menu", lambda: editor.find("CPU", "menu item"))


def state_export(editor):
    digits(editor)
    editor.key("ctrl+shift+e")
    newest(editor)


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


def phases(editor, n, pause_s=0.9):
    """So many phases of the first step."""
    wait("the cards", lambda: editor.find("Canvas"))
    time.sleep(1)
    for _ in range(n):
        editor.act("step-phase", window=1)
        time.sleep(pause_s)


def state_phase_forward(editor):
    """What flows to the loss, on the wires."""
    phases(editor, 1)


def state_phase_loss(editor):
    phases(editor, 2)


def state_phase_backward(editor):
    """The gradients of the loss, on the wires and the cards."""
    phases(editor, 3)


def state_phase_update(editor):
    """How much the step changed."""
    phases(editor, 4)


def state_breakpoint(editor):
    """A run that paused at a card."""
    wait("the cards", lambda: editor.node("hidden"))
    editor.click(editor.node("logits"), 40, 12)
    editor.key("b")
    time.sleep(0.8)
    editor.act("train", window=1)
    time.sleep(1.5)


def state_breakpoint_menu(editor):
    """The conditions of a breakpoint."""
    wait("the cards", lambda: editor.node("hidden"))
    editor.click(editor.node("logits"), 40, 12)
    editor.key("shift+b")
    time.sleep(0.8)


def state_not_finite(editor):
    """A rate far too high: the run stopped before the step that made a NaN."""
    wait("the cards", lambda: editor.node("hidden"))
    editor.act("train", window=1)
    time.sleep(0.5)
    editor.act("pause", window=1)
    editor.key("ctrl+2")
    time.sleep(1)
    editor.click(editor.get("Rate", "text"))
    editor.key("ctrl+a")
    editor.xdotool("type", "1e30")
    editor.key("Return")
    editor.key("ctrl+1")
    time.sleep(0.8)
    editor.act("train", window=1)
    time.sleep(3)


def state_run_to(editor):
    """Where the run is to pause."""
    wait("the canvas", lambda: editor.find("Canvas"))
    editor.act("run-to", window=1)
    time.sleep(1.2)
    newest(editor)


def broken_example():
    """The digits with a wire that does not fit and one that is missing."""
    with open(os.path.join(EXAMPLES, "digits-mlp.weft"), encoding="utf-8") as file:
        document = json.load(file)
    document["wires"] = [wire for wire in document["wires"] if wire != "logits.y -> cost.logits"]
    document["wires"].append("digits.label -> cost.logits")
    path = os.path.join(HOME, "broken.weft")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)
    return path


def main():
    state, width, height, path = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    example = sys.argv[5] if len(sys.argv) > 5 else "digits-mlp"
    arguments = {"start": [], "error": [broken_example()]}.get(state, [os.path.join(EXAMPLES, example + ".weft")])
    # A copy, beside which its runs are kept as beside anybody's.
    for i, path_given in enumerate(arguments):
        if os.path.dirname(path_given) != HOME:
            arguments[i] = shutil.copy(path_given, HOME)
    editor = Editor(*arguments)
    editor.resize(width + 2 * FRAME_PX, height + 2 * FRAME_PX)
    editor.xdotool("mousemove", width + 2 * FRAME_PX - 1, height + 2 * FRAME_PX - 1)  # nothing is under the pointer
    globals()["state_" + state.replace("-", "_")](editor)
    time.sleep(0.8)  # animations
    subprocess.run(["import", "-window", "root", "-crop", f"{width}x{height}+{FRAME_PX}+{FRAME_PX}", "+repage", path], check=True)
    editor.end()


main()
