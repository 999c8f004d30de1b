"""A text as a C string: text-to-c.py NAME INPUT OUTPUT. The comment at the top of the file stays out.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import re
import sys


def main():
    name, source, target = sys.argv[1:]
    with open(source, encoding='utf-8') as file:
        text = re.sub(r'\A/\*.*?\*/\n', '', file.read(), flags=re.S)
    escaped = text.replace('\\', '\\\\').replace('"', '\\"')
    lines = ''.join(f'  "{line}\\n"\n' for line in escaped.splitlines())
    with open(target, 'w', encoding='utf-8') as file:
        file.write(f'extern const char {name}[];\nconst char {name}[] =\n{lines}  ;\n')


main()
