"""The math prelude as a C string: prelude-text.py OUTPUT FOLDER.

FOLDER is engine/ops, the one place of the formulas. Nothing of them is changed: included parts are put
in their places; what declares or calls special functions of the library is left out; and the
definition of WEFT_PRELUDE_FUNC and of what a language lacks stands before the text where it is used.
Beside the text stands a list of the functions that call a library, found by their calls.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import os
import re
import sys

# What the compiler turns into instructions.
BUILTINS = {'sqrt', 'floor', 'ceil', 'trunc', 'rint', 'fma', 'inf', 'nan', 'memcpy', 'copysign'}
C_MATH = {'acos', 'asin', 'atan', 'atan2', 'cbrt', 'cos', 'er', 'erf', 'fmod', 'hypot', 'pow', 'sin', 'tan'}


def without_contract(text):
    """The text after the comment at the top of its file."""
    return re.sub(r'\A/\*.*?\*/\n', '', text, flags=re.S)


def read(folder, name):
    with open(os.path.join(folder, name), encoding='utf-8') as file:
        return without_contract(file.read())


def joined(folder, name):
    """The text of a header with the headers of FOLDER that it includes, but special.h, in place."""
    lines = []
    for line in read(folder, name).splitlines(keepends=True):
        included = re.match(r'#include "engine/ops/([^"]+)"', line)
        if included and included[1] != 'special.h':
            lines.append(joined(folder, included[1]))
        elif not included and not line.startswith(('#pragma once', '#define WEFT_PRELUDE_FUNC ')):
            lines.append(line)
    return ''.join(lines)


def without_special(text):
    """Without the functions that forward to special.h."""
    return re.sub(r'#define SPECIAL_1\(.*?#undef SPECIAL_3\n', '', text, flags=re.S)


def without_guards(text):
    """Without what only a header needs."""
    return re.sub(r'#pragma once\n|#ifndef WEFT_PRELUDE_FUNC\n.*?#endif\n', '', text, flags=re.S)


def special_names(folder):
    return re.findall(r'^ +X \((\w+)\)|^#define WEFT_SPECIAL_3\(X\) X \((\w+)\)',
                      read(folder, 'special.h'), flags=re.M)


def sections(text):
    """(suffix, text) of each part with functions; None for what is written out for each type."""
    parts = re.split(r'^#define WEFT_PRELUDE\(name\) weft_##name##_(\w+)$', text, flags=re.M)
    yield None, parts[0]
    for suffix, part in zip(parts[1::2], parts[2::2]):
        body, _, rest = part.partition('#undef WEFT_PRELUDE\n')
        yield suffix, body
        yield None, rest


def functions(text):
    """name_suffix -> (names called, builtins called) of every function."""
    found = {}
    head = re.compile(r'^WEFT_PRELUDE_FUNC [\w ]+\n(?:W \((\w+)\)|weft_(\w+)) \([^{;]*\)\n\{\n(.*?)^\}',
                      flags=re.M | re.S)
    for suffix, part in sections(text):
        for match in head.finditer(part):
            name = f'{match[1]}_{suffix}' if match[1] else match[2]
            body = match[3]
            calls = {f'{call}_{suffix}' for call in re.findall(r'\bW \((\w+)\)', body)}
            calls |= set(re.findall(r'\bweft_(\w+)', body))
            builtins = set(re.findall(r'\bWEFT_LIBM \((\w+)\)', body))
            builtins |= {re.sub('f$', '', call) if call != 'inf' else call
                         for call in re.findall(r'__builtin_(\w+)', body)}
            found[name] = calls, builtins
    return found


def library(text, folder, builtins):
    """The functions that call a library, themselves or through others; @builtins: what the compiler does itself."""
    found = functions(text)
    special = {a or b for a, b in special_names(folder)}
    names = {f'{name}_{suffix}' for name in special for suffix in ('f32', 'f64')} - set(found)
    names |= {name for name, (calls, called) in found.items()
              if called - builtins or any(call.startswith('special_') for call in calls)}
    while True:
        more = {name for name, (calls, _) in found.items() if calls & names} - names
        if not more:
            return sorted(names)
        names |= more


def cuda_names(text):
    """Definitions of the compiler's functions that CUDA C has under their common names."""
    names = {name + ending for name in re.findall(r'\bWEFT_LIBM \((\w+)\)', text) for ending in ('', 'f')}
    names |= set(re.findall(r'__builtin_(\w+)', text))
    names -= {'fma', 'fmaf', 'sqrt', 'sqrtf', 'inf', 'nan'}
    return ''.join(f'#define __builtin_{name} {name}\n' for name in sorted(names))


def quoted(text):
    """As C string literals, a line each, without blank lines."""
    lines = (line for line in text.splitlines() if line.strip())
    escaped = (line.replace('\\', '\\\\').replace('"', '\\"') for line in lines)
    return '\n'.join(f'  "{line}\\n"' for line in escaped)


def main(output, folder):
    text = without_special(joined(folder, 'prelude.h'))
    # CUDA has the whole of C's math library as functions of its own.
    names, names_cuda = ('\n'.join(f'  "{name}",' for name in library(text, folder, builtins))
                         for builtins in (BUILTINS, BUILTINS | C_MATH))
    philox = without_guards(read(os.path.join(folder, '../tensor'), 'philox-block.h'))
    with open(output, 'w', encoding='utf-8') as file:
        file.write('/* Made by engine/compile/prelude-text.py. */\n'
                   '#include "config.h"\n\n#include "engine/compile/emit-private.h"\n\n'
                   f'const char weft_prelude_text[] =\n{quoted(text)};\n\n'
                   f'const char weft_prelude_cuda[] =\n{quoted(cuda_names(text))};\n\n'
                   f'const char weft_prelude_philox[] =\n{quoted(philox)};\n\n'
                   f'const char *const weft_prelude_library[] = {{\n{names}\n  NULL\n}};\n'
                   f'const char *const weft_prelude_library_cuda[] = {{\n{names_cuda}\n  NULL\n}};\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
