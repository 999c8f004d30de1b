#!/usr/bin/python3
# The schemas in data/schema against everything that ships, and against documents that they must refuse. Prints TAP.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

import copy
import glob
import json
import os
import subprocess
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

for path in sorted(glob.glob(os.path.join(ROOT, "data", "examples", "*.weft")) + glob.glob(os.path.join(ROOT, "data", "lessons", "*.weft")) + glob.glob(os.path.join(ROOT, "data", "layers", "*.weft"))):
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
good["lesson"] = {"knobs": [{"training": "rate", "maximum": 1}], "steps": [{"text": "Train it.", "show": ["hidden"], "view": "train"}]}
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
    "lesson without steps": lambda d: d["lesson"].pop("steps"),
    "lesson knob of two": lambda d: d["lesson"]["knobs"][0].update(node="hidden", param="units"),
    "lesson step in no view": lambda d: d["lesson"]["steps"][0].update(view="cinema"),
    "loss no port": lambda d: d["training"].update(loss="cost"),
}
case("the good document", problem_of(document_validator, good))
for name, change in CHANGES.items():
    bad = copy.deepcopy(good)
    change(bad)
    case(f"refused: {name}", "" if problem_of(document_validator, bad) else "taken")

# ---- What the optimiser tells, replayed from its JSON alone ----

runs = read("data", "schema", "run.schema.json")
try:
    jsonschema.Draft202012Validator.check_schema(runs)
    case("schema run", "")
except jsonschema.SchemaError as error:
    case("schema run", error.message)

rewrites = read("data", "schema", "rewrite.schema.json")
try:
    jsonschema.Draft202012Validator.check_schema(rewrites)
    case("schema rewrite", "")
except jsonschema.SchemaError as error:
    case("schema rewrite", error.message)
rewrite_validator = jsonschema.Draft202012Validator(rewrites)


class Replay:
    """The graph after each step, as the schema's description says."""

    def __init__(self, history):
        self.applies = {apply["id"]: apply for apply in history["applies"]}
        self.maker = {output["value"]: apply["id"] for apply in history["applies"] for output in apply["outputs"]}
        self.outputs = [output["value"] for output in history["outputs"]]
        self.instead = {}

    def now(self, value):
        while value in self.instead:
            value = self.instead[value]
        return value

    def reached(self):
        stack, seen = [self.maker[self.now(value)] for value in self.outputs], set()
        while stack:
            number = stack.pop()
            if number in seen:
                continue
            seen.add(number)
            apply = self.applies[number]
            stack += [self.maker[self.now(value)] for value in apply["inputs"]] + apply.get("needs", [])
        return seen

    def step(self, step):
        for pair in step["replaced"]:
            self.instead[pair["before"]] = pair["after"]


def replay_problem(history):
    replay = Replay(history)
    before = replay.reached()
    for step in history["steps"]:
        where = f"step {step['step']} ({step['rule']})"
        if step["matched"][0] not in before:
            return f"{where}: its root is not there"
        replay.step(step)
        after = replay.reached()
        if set(step["removed"]) != before - after:
            return f"{where}: removed {sorted(step['removed'])}, not {sorted(before - after)}"
        n = sum(1 for number in after if replay.applies[number]["inputs"])
        if step["cost_after"]["ops"] != n:
            return f"{where}: {step['cost_after']['ops']} ops, not {n}"
        if "inner" in step:
            problem = replay_problem(step["inner"])
            if problem:
                return f"{where}: {problem}"
        before = after
    n = sum(1 for number in before if replay.applies[number]["inputs"])
    return "" if n == history["ops_after"] else f"{n} ops in the end, not {history['ops_after']}"


CLI = os.path.join(os.environ.get("WEFT_BUILD_DIR", os.path.join(ROOT, "build")), "app", "weft-cli")
EXPRESSIONS = (
    "log(softmax(x * 1 + 0))",
    "sin(x + 2) * cos(2 + x) + sin(2 + x)",
    "scan(lambda a, h: h * 1 + log(softmax(a + 0)), x, x[0])",
    "cond(sum(x) > 0, x * 1 + 0, log(softmax(x * 1)))",
)
FILES = [os.path.join(ROOT, "data", "examples", name) for name in ("iris.weft", "optimise-log-softmax.weft", "char-rnn.weft")]


def rewritten(*arguments):
    run = subprocess.run([CLI, "rewrite", *arguments, "--json"], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        return None, f"exit {run.returncode}: {run.stderr[:200]}"
    return json.loads(run.stdout), ""


for arguments in [("-e", text, "--feed", "x=f32(4, 3)") for text in EXPRESSIONS] + [(path, "--function", "train") for path in FILES]:
    history, problem = rewritten(*arguments)
    name = os.path.basename(arguments[0]) if arguments[0] != "-e" else arguments[1]
    case(f"rewrite {name}", problem or problem_of(rewrite_validator, history) or replay_problem(history))
    if history is not None and history["steps"]:
        # A step left out, or one pair of it, must be noticed.
        broken = copy.deepcopy(history)
        next(step for step in broken["steps"] if step["replaced"])["replaced"].clear()
        case(f"rewrite {name}: a lost replacement is noticed", "" if replay_problem(broken) else "it is not")

print(f"1..{done}")
sys.exit(failed > 0)
