#!/usr/bin/python3
# Every translation: formats and plural forms are right, and what the main window says is there. Prints TAP.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SEEN = ["ui/window/window.ui", "ui/start/start-page.ui", "ui/dock/dock.ui", "ui/palette/palette.ui", "ui/shared/commands.def"]
COMPLETE = 0.9  # new texts may wait for their translators a while

if not all(shutil.which(program) for program in ("xgettext", "msgfmt")):
    print("1..0 # SKIP gettext is not installed")
    sys.exit(0)


def messages(text):
    """The texts of a .po: msgid -> translated."""
    found = {}
    for entry in text.split("\n\n"):
        parts = {}
        for key, value in re.findall(r'(?m)^(msgid|msgstr(?:\[0\])?) ((?:".*"\n?)+)', entry):
            parts[key[:6]] = "".join(re.findall(r'"(.*)"', value))
        found[parts.get("msgid", "")] = bool(parts.get("msgstr"))
    return found


def hidden():
    """Texts with a macro between their pieces, of which xgettext sees the first piece only."""
    files = subprocess.run([os.path.join(ROOT, "tools", "potfiles.sh")], capture_output=True, text=True, check=True).stdout.split()
    call = re.compile(r'\b(?:_|N_|g_dngettext) ?\((?:[^"();]*,)?\s*("(?:[^"\\]|\\.)*"\s*)+[A-Z]\w*_FORMAT')
    for name in files:
        with open(os.path.join(ROOT, name), encoding="utf-8") as file:
            text = file.read()
        for found in call.finditer(text):
            yield f"{name}:{text.count(chr(10), 0, found.start()) + 1}: {found.group(0)}; use engine/base/number-text.h"


languages = open(os.path.join(ROOT, "po", "LINGUAS"), encoding="utf-8").read().split()
wanted = set(messages(subprocess.run(
    ["xgettext", "--from-code=UTF-8", "--keyword=_", "--keyword=N_", "-o", "-", *SEEN],
    cwd=ROOT, capture_output=True, text=True, check=True).stdout)) - {""}
print(f"1..{2 * len(languages) + 1}")
done = 1
broken = list(hidden())
print(f"{'not ok' if broken else 'ok'} 1 - /po/whole-texts")
for text in broken:
    print("# " + text.replace("\n", " "))
for language in languages:
    path = os.path.join(ROOT, "po", language + ".po")
    formats = subprocess.run(["msgfmt", "--check-format", "--check-domain", "-o", os.devnull, path], capture_output=True, text=True)
    have = messages(open(path, encoding="utf-8").read())
    missing = sorted(text for text in wanted if not have.get(text))
    for name, fine, said in ((f"/po/{language}/formats", formats.returncode == 0, formats.stderr),
                             (f"/po/{language}/main-window", len(missing) <= (1 - COMPLETE) * len(wanted), "\n".join(missing))):
        done += 1
        print(f"{'ok' if fine else 'not ok'} {done} - {name}")
        if not fine:
            print("# " + said.replace("\n", "\n# "))
