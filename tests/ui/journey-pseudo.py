#!/usr/bin/env python3
"""Every text that can be seen can be translated: the window in a language in which each text stands between ⟦ and ⟧.

What the accessibility tree shows without the mark must be on the short lists below.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import glob
import json
import os
import re
import sys
import tempfile

from gi.repository import GLib

import driver
import pseudo
from driver import Editor, wait

EXAMPLE = os.path.join(os.environ.get("WEFT_DATA_DIR", ""), "examples", "mnist-mlp.weft")

# GTK's own words, which GTK's own translators have, and names of widgets that have no text.
TOOLKIT = re.compile(r"^(Gtk|Adw|Weft)[A-Z]\w*$|^\(None\)$|^No Results Found$|^Try a different search\.?$|^Shortcuts$|^Search Results$|^(Minimize|Maximize|Close|Expand|Menu|Search)( the window)?$")
# Keys, as the toolkit writes them.
KEYS = re.compile(r"^((Shift|Ctrl|Alt|Super)\+)*(KP )?(\w+|[^\w\s])$")
# Kernels and rules are called by their names: "gemm 64x10x256 +C", "fused gt cast mul", "move-late × 11".
MACHINERY = re.compile(r"^(gemm|fused) [\w' +…]+$|^[a-z0-9]+(-[a-z0-9]+)+( × \d+)?$")
# Names that are the same in every language: NumPy's notation, types, programs, people's own names.
NAMES = re.compile(r"^(Weft|NumPy|PyTorch|TeX|C|CUDA|CPU|GPU|MNIST|Space|Tab|Return|Home|End|Escape|Delete|BackSpace|Insert|Page|Up|Down|Left|Right|SVG|PDF|PNG|MB|KB|GB|B|ms|s|µs|Ctrl|Shift|Alt|Super|F\d+)$")
WORD = re.compile(r"[^\W\d_]+")

editor = None
home = None
known = set()  # names that people and NumPy gave: words of the document and the palette, guards of rules
seen = set()


def words_of(value):
    """Names in a document: keys, values, and the words of expressions, but no texts for people."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from WORD.findall(key)
            yield from words_of(item) if key not in ("title", "summary", "text") else ()
    elif isinstance(value, list):
        for item in value:
            yield from words_of(item)
    elif isinstance(value, str):
        yield from WORD.findall(value)


def is_formula(text):
    """It has signs, and no two words beside each other."""
    return re.search(r"[()=@*_/.]", text) and not re.search(r"[^\W\d_]{2,} [^\W\d_]{2,}", text)


def may_stay(text):
    """Numbers and signs; a toolkit's word; a formula; names that are known."""
    if not text or TOOLKIT.match(text) or is_formula(text) or MACHINERY.match(text) or (KEYS.match(text) and ("+" in text or "KP" in text)):
        return True
    words = [word for word in WORD.findall(text) if len(word) > 1]
    return all(word in known or word.lower() in known or NAMES.match(word) or word[1:] in known for word in words)


def look(where, root=None):
    """All that is in the tree now but the cells of data; what is wrong with it is told once, where it was seen first."""
    wrong, queue = [], [root or editor.app]
    while queue:
        item = queue.pop()
        if item is None:
            continue
        try:
            role = item.getRoleName()
            for text in (item.name, item.description):
                if pseudo.OPEN not in text and text not in seen and not may_stay(text):
                    seen.add(text)
                    wrong.append(f"{role}: {text}")
            if item.name != pseudo.OPEN + "Rows" + pseudo.CLOSE:
                queue.extend(item)
        except Exception:  # it went while it was looked at
            continue
    assert not wrong, f"{where}, without the mark:\n" + "\n".join(sorted(set(wrong)))


def marked(text, role=None, within=None):
    return editor.get(pseudo.OPEN + text + pseudo.CLOSE, role, within)


def test_catalogue():
    global home
    home = tempfile.mkdtemp(prefix="weft-pseudo-", dir=os.environ.get("WEFT_TEST_HOME"))
    assert pseudo.write(home) > 1000
    os.environ.update(WEFT_LOCALE_DIR=home, LANGUAGE=pseudo.LANGUAGE)


def test_start_page():
    global editor
    for document in [EXAMPLE, *glob.glob(os.path.join(os.environ["WEFT_DATA_DIR"], "layers", "*.weft"))]:
        with open(document, encoding="utf-8") as file:
            known.update(words_of(json.load(file)))
    # Steps of a data set are called by their words in the file.
    for table in ("transforms", "transform-rows"):
        with open(os.path.join(pseudo.ROOT, "engine", "dataset", table + ".c"), encoding="utf-8") as file:
            known.update(re.findall(r'^  \{ "(\w+)", ', file.read(), re.M))
    for guards in glob.glob(os.path.join(pseudo.ROOT, "engine", "rewrite", "guards*.c")):
        with open(guards, encoding="utf-8") as file:
            known.update(re.findall(r'\{ "([\w-]+)", WEFT_GUARD_', file.read()))
    editor = Editor()
    editor.resize(1640, 1000)
    palette = marked("Palette", "list")
    known.update(word for item in palette for word in WORD.findall(item.name))
    look("start page")


def actions(item):
    try:
        found = item.queryAction()
    except NotImplementedError:
        return []
    return [found.getName(i) for i in range(found.nActions)]


def act(name, item):
    item.queryAction().doAction(actions(item).index(name))


def card(name):
    return editor.get(starts=name + ", ", role="panel", within=marked("Canvas", "panel"))


def test_build():
    editor.act("open-path", f"<'{EXAMPLE}'>".join("[]"))
    card("hidden")
    look("Build")


def test_inspector():
    for name in ("mnist", "hidden", "cost"):
        act("node.select", card(name))
        wait("the inspector", lambda: editor.get(pseudo.OPEN + "Name" + pseudo.CLOSE, "text").queryText().getText(0, 99) == name)
        look("inspector of " + name)


def test_outline():
    editor.act("outline", window=1)
    outline = marked("Outline", "list")
    expanders = [item for row in outline for item in row if "listitem.expand" in actions(item)]
    for expander in expanders:
        act("listitem.expand", expander)
    look("outline")


def test_values():
    act("node.select", card("hidden"))
    editor.act("values", window=1)
    editor.get(starts=pseudo.OPEN + "Values of")
    look("values")


def test_canvas_menu():
    act("canvas.menu", marked("Canvas", "panel"))
    editor.get(role="menu item")
    look("menu of the canvas")
    editor.key("Escape")


def test_search():
    canvas = marked("Canvas", "panel")
    act("canvas.add", canvas)
    marked("Search operations")
    look("search on the canvas", canvas)
    editor.key("Escape")


def test_menu():
    menu = marked("Menu", "push button")
    act("click", next(item for item in menu if "click" in actions(item)))
    editor.get(role="menu item")
    look("menu")
    editor.key("Escape")


def test_history():
    editor.act("history", window=1)
    look("steps")
    editor.key("Escape")


def test_commands():
    editor.act("commands", window=1)
    editor.get(starts=pseudo.OPEN + "Train, or go on")
    look("commands")
    editor.key("Escape")


def new_windows(before):
    """The windows that are not among @before; one that goes while it is asked for is none."""
    try:
        return [window for window in list(editor.app) if window is not None and window not in before]
    except (IndexError, GLib.GError):
        return []


def ready_window(before, ready):
    """The new window that has the text @ready, or any text: one that only says how far a file is read goes again."""
    for window in new_windows(before):
        try:
            if not ready or editor.find(starts=pseudo.OPEN + ready, within=window):
                return window
        except GLib.GError:
            continue
    return None


def window_of(title, action, parameter="[]", window=None, ready=None):
    """Everything in a window of its own, once it has the text that it is ready with."""
    before = list(editor.app)
    editor.act(action, parameter, window)
    wait(title, lambda: ready_window(before, ready))
    opened = ready_window(before, ready)
    look(title, opened)
    editor.key("Escape")
    wait(f"{title} to close", lambda: opened not in new_windows(before), 20)


def test_preferences():
    window_of("preferences", "preferences")


def test_shortcuts():
    window_of("shortcuts", "shortcuts")


def test_import():
    """A table with gaps, a text, and a file that is wrong."""
    folder = os.path.join(os.environ["WEFT_DATA_DIR"], "datasets")
    table = os.path.join(folder, "california-housing", "housing.csv")
    with open(table, encoding="utf-8") as file:
        known.update(WORD.findall(file.readline()))
    window_of("import of a table", "import-file", f"[<'{table}'>]", 1, "Validation")
    window_of("import of a text", "import-file", f"[<'{os.path.join(folder, 'tiny-shakespeare', 'input.txt')}'>]", 1, "Validation")
    wrong = os.path.join(home, "wrong.csv")
    with open(wrong, "w", encoding="utf-8") as file:
        file.write("a,b\n1,2\n3,4,5\n")
    window_of("import of a wrong file", "import-file", f"[<'{wrong}'>]", 1, "This File Cannot")


def test_data():
    window_of("data", "look-at-data", window=1, ready="All classes")


def test_lesson_editor():
    known.add("Threshold")  # parameters of ops, unlike those of layers, have no translations
    window_of("lesson editor", "edit-lesson", window=1)


def test_train():
    editor.act("view", "[<'train'>]", window=1)
    editor.act("train", window=1)
    marked("Pause")
    wait("a point", lambda: re.search(r"[1-9]", editor.get(pseudo.OPEN + "Loss" + pseudo.CLOSE, "image").description))
    editor.act("stop", window=1)
    look("Train")


def test_optimise():
    editor.act("view", "[<'optimise'>]", window=1)
    editor.get(starts=pseudo.OPEN + "Timeline of the rewrites", role="slider")
    wait("the steps", lambda: "no steps" not in editor.find(starts=pseudo.OPEN + "Timeline of the rewrites", role="slider").description)
    look("Optimise")
    for _ in range(3):
        editor.key("Down")
    look("Optimise, a step")


def test_inspect():
    editor.act("view", "[<'inspect'>]", window=1)
    wait("the kernels", lambda: editor.get(pseudo.OPEN + "Kernels" + pseudo.CLOSE, "tree table").childCount > 1)
    look("Inspect")
    editor.end()


def test_lesson():
    """The panel of a lesson, and what an edit in one is told."""
    global editor
    path = os.path.join(os.environ["WEFT_DATA_DIR"], "lessons", "width.weft")
    with open(path, encoding="utf-8") as file:
        lesson = json.load(file)
    known.update(words_of(lesson))
    known.update(WORD.findall(lesson["title"]))  # the name of the document in the header is its own
    editor = Editor(path)
    card("hidden")
    look("lesson")
    act("node.select", card("hidden"))
    editor.key("Delete")
    editor.get(starts=pseudo.OPEN + "Only the knobs")
    look("refusal of a lesson")
    editor.end()


TESTS = [
    ("/journey/pseudo/catalogue", test_catalogue),
    ("/journey/pseudo/start-page", test_start_page),
    ("/journey/pseudo/build", test_build),
    ("/journey/pseudo/inspector", test_inspector),
    ("/journey/pseudo/outline", test_outline),
    ("/journey/pseudo/values", test_values),
    ("/journey/pseudo/canvas-menu", test_canvas_menu),
    ("/journey/pseudo/search", test_search),
    ("/journey/pseudo/menu", test_menu),
    ("/journey/pseudo/history", test_history),
    ("/journey/pseudo/commands", test_commands),
    ("/journey/pseudo/preferences", test_preferences),
    ("/journey/pseudo/shortcuts", test_shortcuts),
    ("/journey/pseudo/import", test_import),
    ("/journey/pseudo/data", test_data),
    ("/journey/pseudo/lesson-editor", test_lesson_editor),
    ("/journey/pseudo/train", test_train),
    ("/journey/pseudo/optimise", test_optimise),
    ("/journey/pseudo/inspect", test_inspect),
    ("/journey/pseudo/lesson", test_lesson),
]

if __name__ == "__main__":
    sys.exit(driver.run(TESTS))
