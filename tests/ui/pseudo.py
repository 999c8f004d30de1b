"""A translation that nobody had to write: every text of the program between ⟦ and ⟧, placeholders and mnemonics as they are.

What a window then shows without the mark cannot be translated.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LANGUAGE = "zxx"
OPEN, CLOSE = "⟦", "⟧"

# As meson's preset for GLib has them.
KEYWORDS = ["_", "N_", "C_:1c,2", "NC_:1c,2", "g_dcgettext:2", "g_dngettext:2,3", "g_dpgettext2:2c,3"]

HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


def template():
    """The texts of the sources now, as a .pot."""
    files = subprocess.run([os.path.join(ROOT, "tools", "potfiles.sh")], capture_output=True, text=True, check=True).stdout
    words = ["xgettext", "--from-code=UTF-8", "--no-wrap", "-o", "-", "--files-from=-"] + [f"--keyword={word}" for word in KEYWORDS]
    return subprocess.run(words, cwd=ROOT, input=files, capture_output=True, text=True, check=True).stdout


def marked(text):
    """Still as it stands between quotes in the file; newlines at its ends stay there."""
    begin = re.match(r"(\\n)*", text).group()
    end = re.search(r"((?<!\\)(\\\\)*\\n)?$", text).group()
    return begin + OPEN + text[len(begin):len(text) - len(end)] + CLOSE + end


def entries(pot):
    for block in pot.split("\n\n"):
        fields = {key: "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', value))
                  for key, value in re.findall(r'(?m)^(msgctxt|msgid|msgid_plural) ((?:".*"\n?)+)', block)}
        if fields.get("msgid"):
            yield fields


def write(folder):
    """The catalogue below folder, as $WEFT_LOCALE_DIR wants it; returns how many texts there are."""
    place = os.path.join(folder, LANGUAGE, "LC_MESSAGES")
    os.makedirs(place)
    path = os.path.join(place, "weft.po")
    found = list(entries(template()))
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEADER)
        for fields in found:
            for key, text in fields.items():
                file.write(f'{key} "{text}"\n')
            if "msgid_plural" in fields:
                file.write(f'msgstr[0] "{marked(fields["msgid"])}"\nmsgstr[1] "{marked(fields["msgid_plural"])}"\n\n')
            else:
                file.write(f'msgstr "{marked(fields["msgid"])}"\n\n')
    subprocess.run(["msgfmt", "-o", os.path.join(place, "weft.mo"), path], check=True)
    return len(found)
