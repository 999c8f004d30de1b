#!/usr/bin/python3
# The schemas in data/schema against everything that ships, and against documents that they must refuse. Prints TAP.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

import copy
import glob
import json
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

try:
    import jsonschema
except ImportError:
    print("1..0 # SKIP python3-jsonschema is not installed")
    sys.exit(0)

done = failed = 0


def case(name, problem):
    global done, failed
    done += 1
    failed += bool(problem)
    print(f"{'not ok' if problem else 'ok'} {done} - {name}")
    if problem:
        print(f"# {problem}")


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return json.load(file)


documents, datasets = read("data", "schema", "weft.schema.json"), read("data", "schema", "dataset.schema.json")
base = "https://weft.invalid/"  # never asked: both schemas are in the store
resolver = jsonschema.RefResolver(base + "weft.schema.json", documents, store={base + "dataset.schema.json": datasets})
document_validator = jsonschema.Draft202012Validator(documents, resolver=resolver)
dataset_validator = jsonschema.Draft202012Validator(datasets)


def problem_of(validator, value):
    for error in validator.iter_errors(value):
        return f"{'/'.join(map(str, error.absolute_path))}: {error.message}"[:300]
    return ""


for name, schema in (("weft", documents), ("dataset", datasets)):
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
        case(f"schema {name}", "")
    except jsonschema.SchemaError as error:
        case(f"schema {name}", error.message)

for path in sorted(glob.glob(os.path.join(ROOT, "data", "examples", "*.weft")) + glob.glob(os.path.join(ROOT, "data", "layers", "*.weft"))):
    case(os.path.relpath(path, ROOT), problem_of(document_validator, read(path)))
for path in sorted(glob.glob(os.path.join(ROOT, "data", "datasets", "*", "dataset.json"))):
    case(os.path.relpath(path, ROOT), problem_of(dataset_validator, read(path)))

# Each change makes a good document bad.
good = read("data", "examples", "iris.weft")
good["groups"] = {
    "cell": {
        "title": "A cell",
        "layer": {"inputs": ["x"], "outputs": ["y"], "knobs": [{"name": "f", "type": "op", "choices": ["tanh"], "default": "tanh"}]},
        "nodes": [{"id": "x", "op": "input"}, {"id": "n", "op": "group:norm"}, {"id": "y", "op": "output"}],
        "wires": ["x.y -> n.x", "n.y -> y.x"],
    },
    "norm": {"layer": {"body": "x - mean(x)", "gradient": "dx = gy - mean(gy)"}},
}
good["nodes"].append({"id": "use", "op": "group:cell", "params": {"f": "tanh"}, "at": [0, 0]})
good["nodes"].append({"id": "loop", "op": "scan", "params": {"step": "cell", "states": "h"}})
CHANGES = {
    "other format": lambda d: d.update(format="woof"),
    "no version": lambda d: d.pop("version"),
    "newer version": lambda d: d.update(version=2),
    "no nodes": lambda d: d.pop("nodes"),
    "nodes an object": lambda d: d.update(nodes={}),
    "node without op": lambda d: d["nodes"][0].pop("op"),
    "id with a dot": lambda d: d["nodes"][0].update(id="a.b"),
    "one coordinate": lambda d: d["nodes"][0].update(at=[1]),
    "params a list": lambda d: d["nodes"][1].update(params=[]),
    "data set misspelt": lambda d: d["nodes"][0].update(params={"dat": "iris"}),
    "wire backwards": lambda d: d["wires"].append("hidden.x <- iris.features"),
    "wire twice": lambda d: d["wires"].append(d["wires"][0]),
    "note without text": lambda d: d["notes"][0].pop("text"),
    "negative rate": lambda d: d["training"].update(rate=-1),
    "batch of none": lambda d: d["training"].update(batch=0),
    "groups a list": lambda d: d.update(groups=[]),
    "group with a space": lambda d: d["groups"].update({"a b": {}}),
    "group a text": lambda d: d["groups"].update(cell="x"),
    "groups in a group": lambda d: d["groups"]["cell"].update(groups={}),
    "group without a name": lambda d: d["nodes"][-2].update(op="group:"),
    "gradient a number": lambda d: d["groups"]["norm"]["layer"].update(gradient=3),
    "knob of no kind": lambda d: d["groups"]["cell"]["layer"]["knobs"][0].update(type="colour"),
    "loss no port": lambda d: d["training"].update(loss="cost"),
}
case("the good document", problem_of(document_validator, good))
for name, change in CHANGES.items():
    bad = copy.deepcopy(good)
    change(bad)
    case(f"refused: {name}", "" if problem_of(document_validator, bad) else "taken")

print(f"1..{done}")
sys.exit(failed > 0)
