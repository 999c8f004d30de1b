"""NumPy beside Weft: reads "load FILE STATEMENT" and "run N" and answers with seconds.

x is the array in FILE, z the same as complex numbers where its last axis has 2.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import sys
import time

import numpy as np

scope = {"np": np}
code = None
for line in sys.stdin:
    words = line.split(None, 2)
    if words[0] == "load":
        x = np.load(words[1])
        scope["x"] = x
        scope["z"] = x[..., 0] + 1j * x[..., 1] if x.shape[-1] == 2 else None
        code = compile(words[2], "statement", "exec")
        print(0, flush=True)
        continue
    count = int(words[1])
    start = time.perf_counter()
    for _ in range(count):
        exec(code, scope)
    print(time.perf_counter() - start, flush=True)
