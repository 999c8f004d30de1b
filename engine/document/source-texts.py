"""Tables of definitions for source-python.c: source-texts.py OUTPUT FILE...

Of each FILE, source-LANGUAGE.py: every definition at its top level with what it uses of the others. A name
that stands for another (exp = np.exp) has no text, only what it stands for.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import ast
import os
import re
import sys


def quoted(text):
    """As C string literals, a line each; NULL for None."""
    if text is None:
        return 'NULL'
    escaped = (line.replace('\\', '\\\\').replace('"', '\\"') for line in text.split('\n'))
    return '\n    "' + '\\n"\n    "'.join(escaped) + '"'


def definitions(text):
    """(name, what it stands for, text, names used) of each top-level definition, in order."""
    found = []
    tree = ast.parse(text)
    for part in tree.body:
        if isinstance(part, (ast.FunctionDef, ast.ClassDef)):
            found.append((part.name, part.name, ast.get_source_segment(text, part), part))
        elif isinstance(part, ast.Assign):
            found.append((part.targets[0].id, ast.unparse(part.value), None, part.value))
    names = {name for name, _, body, _ in found if body is not None}
    for name, calls, body, part in found:
        used = {item.id for item in ast.walk(part) if isinstance(item, ast.Name)} & names - {name}
        yield name, calls, body, ' '.join(sorted(used))


def main(output, *paths):
    with open(output, 'w', encoding='utf-8') as file:
        file.write('/* Made by engine/document/source-texts.py. */\n#include "config.h"\n\n'
                   '#include "engine/document/source-private.h"\n')
        for path in paths:
            language = re.fullmatch(r'source-(\w+)\.py', os.path.basename(path))[1]
            with open(path, encoding='utf-8') as source:
                rows = list(definitions(source.read()))
            file.write(f'\nconst WeftSourceText weft_source_{language}[] = {{\n')
            for name, calls, body, used in rows:
                file.write(f'  {{ "{name}", "{calls}", {quoted(body)}, "{used}" }},\n')
            file.write('  { NULL, NULL, NULL, NULL }\n};\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
