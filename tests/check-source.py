#!/usr/bin/python3
# Runs the texts in a folder that test-source made, and compares their numbers with those beside them.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

import importlib
import inspect
import sys

try:
    import numpy as np
except ImportError:
    print("NumPy is not installed: skipped")
    sys.exit(0)

folder = sys.argv[1]
sys.path.insert(0, folder)
sys.dont_write_bytecode = True
text = importlib.import_module("numpy_text")
given, parameters, expected = (text.load(f"{folder}/{name}.safetensors") for name in ("given", "parameters", "expected"))
given = {name.replace(".", "_"): array for name, array in given.items()}
worst = compared = 0


def find(name):
    """The argument of the text for an input; an underscore keeps some names apart from words of the language."""
    return given[name] if name in given else given[name.rstrip("_")]


def compare(language, results):
    global worst, compared
    for port, result in results.items():
        want = np.asarray(expected[port], np.float64)
        got = np.asarray(result, np.float64)
        if got.shape != want.shape:
            sys.exit(f"{language}: {port} is {got.shape}, not {want.shape}")
        error = np.max(np.abs(got - want) / (1 + np.abs(want)), initial=0)
        # f32 sums in another order, over up to a few thousand elements.
        if not error < 2e-4:
            sys.exit(f"{language}: {port} differs by {error}:\n{got}\n{want}")
        worst, compared = max(worst, error), compared + 1


for name in ("predict", "measure"):
    if hasattr(text, name):
        function = getattr(text, name)
        arguments = [find(argument) for argument in list(inspect.signature(function).parameters)[1:]]
        compare("NumPy", function(parameters, *arguments))

try:
    import torch
except ImportError:
    print("PyTorch is not installed: half skipped")
    sys.exit(0)

model = importlib.import_module("torch_text").Model(parameters)
for name in ("predict", "measure"):
    if hasattr(model, name):
        function = getattr(model, name)
        arguments = [torch.as_tensor(find(argument)) for argument in inspect.signature(function).parameters]
        results = function(*arguments)
        compare("PyTorch", {port: value.detach().numpy() if hasattr(value, "detach") else value for port, value in results.items()})
print(f"{compared} results, worst {worst:.2g}")
if compared == 0:
    sys.exit("nothing was compared")
