#!/usr/bin/python3
# Every layer that ships: it opens without a problem, its gradients are those of finite differences, and it learns. Prints TAP.
# `test-layers.py NAME...` tests those layers only.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

import glob
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CLI = os.path.join(os.environ.get("WEFT_BUILD_DIR", os.path.join(ROOT, "build")), "app", "weft-cli")
DATA = os.environ.get("WEFT_DATA_DIR", os.path.join(ROOT, "data"))
ENV = dict(os.environ, LC_ALL="C.UTF-8", WEFT_DATA_DIR=DATA)
ROWS = 3  # what "batch" is in the samples
SECONDS = 300  # under sanitizers on a busy machine

# What the defaults leave out: knobs, and which of the optional inputs are wired.
VARIANTS = {
    "simple_rnn": [{"every_step": False, "backwards": True}, {"learn_initial": True, "truncate": 4, "+": ["mask"]}],
    "gru": [{"learn_initial": True, "+": ["mask"]}, {"backwards": True, "every_step": False}],
    "lstm": [{"peepholes": True, "forget_bias": 0}, {"learn_initial": True, "every_step": False, "+": ["mask"]}, {"truncate": 5, "backwards": True}],
    "bidirectional_gru": [{"merge": "sum", "+": ["mask"]}, {"every_step": False}],
    "stacked_lstm": [{"layers": 3, "every_step": False}],
    "attention": [{"causal": True}, {"+": ["context", "mask"], "heads": 2}],
    "transformer_block": [{"causal": True, "+": ["mask"]}],
    "attention_decoder": [{"+": ["mask"]}],
    "dense": [{"activation": "tanh", "weights": "orthogonal"}, {"weights": "sparse"}, {"weights": "identity"}],
    "bilinear": [{"bias": "ones"}],
    "activation": [{"activation": "gelu"}, {"activation": "none"}],
}

if os.environ.get("WEFT_VARIANTS") == "0":
    VARIANTS = {}

done = failed = 0


def case(name, problem):
    global done, failed
    done += 1
    failed += bool(problem)
    print(f"{'not ok' if problem else 'ok'} {done} - {name}")
    for line in str(problem).splitlines()[:8] if problem else []:
        print(f"# {line}")
    sys.stdout.flush()


def run(*words):
    try:
        process = subprocess.run([CLI, *words], capture_output=True, text=True, env=ENV, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return None, "", f"not done after {SECONDS} s"
    return process.returncode, process.stdout, process.stderr


def sample(node):
    """A node that gives what the input may be."""
    params = node.get("params", {})
    shape = re.sub(r"[A-Za-z_]\w*", str(ROWS), params.get("shape", "(batch, 8)"))
    if params.get("dtype", "f32").startswith("i"):
        return {"id": node["id"], "op": "expression", "params": {"text": f"reshape(arange({eval_size(shape)}), {shape}) * 7 % 5"}}, "out"
    if node["id"] == "mask":
        return {"id": node["id"], "op": "expression", "params": {"text": f"cast(reshape(arange({eval_size(shape)}), {shape}) % 5 != 3, f32)"}}, "out"
    return {"id": node["id"], "op": "parameter", "params": {"shape": shape, "init": "normal(shape)"}}, "y"


def eval_size(shape):
    size = 1
    for number in re.findall(r"\d+", shape):
        size *= int(number)
    return size


def use(layer, op, knobs):
    """A document that fits the layer's first output to random numbers."""
    wanted = knobs.pop("+", [])
    nodes, wires = [{"id": "layer", "op": op, "params": knobs}], []
    for node in layer["nodes"]:
        if node["op"] == "input" and (node["id"] in wanted or "default" not in node.get("params", {})):
            source, port = sample(node)
            nodes.append(source)
            wires.append(f"{source['id']}.{port} -> layer.{node['id']}")
    output = layer["layer"]["outputs"][0]
    nodes.append({"id": "cost", "op": "expression", "params": {"text": "mean(square(3*y - reshape(arange(y.size) % 7 - 3, y.shape)))"}})
    wires.append(f"layer.{output} -> cost.y")
    return {"format": "weft", "version": 1, "title": op, "nodes": nodes, "wires": wires,
            "training": {"loss": "cost.out", "rule": "adam", "rate": 0.01, "steps": 30, "seed": 1}}


def learns(path, model):
    code, out, err = run("train", path, "--steps", "30", "--json")
    losses = [event["train"]["loss"] for event in map(json.loads, out.splitlines()) if event.get("event") == "step" and "loss" in event.get("train", {})]
    if code != 0:
        return f"exit code {code}: {err[-500:]}"
    if len(losses) < 2:
        return f"no losses: {out[-500:]}"
    return "" if losses[-1] < losses[0] else f"the loss went from {losses[0]} to {losses[-1]}"


def verify(path):
    """Gradients; that the two modes agree, to what is left of float32 where a layer makes its own numbers in it."""
    code, out, err = run("verify", path)
    wrong = [line for line in out.splitlines() if line.endswith("WRONG")]
    if code == 1 and len(wrong) == 1 and wrong[0].startswith("modes") and float(wrong[0].split()[-2]) < 1e-5:
        return ""
    return "" if code == 0 else f"exit code {code}: {(out + err)[-700:]}"


def cases(path, folder):
    """What each case of a layer is called, and its problem, empty if there is none."""
    op = os.path.basename(path)[: -len(".weft")]
    with open(path, encoding="utf-8") as file:
        layer = json.load(file)
    code, out, err = run("check", path)
    unknown = [line for line in out.splitlines() if line.endswith("unknown")]
    yield f"{op} opens", err if code != 0 else "\n".join(unknown)
    rates = [knob.get("default") for knob in layer["layer"].get("knobs", []) if knob["name"] in ("rate", "noise", "std", "deviation")]
    random = any(rates)
    for i, knobs in enumerate([{}] + VARIANTS.get(op, [])):
        model = use(layer, op, dict(knobs))
        name = os.path.join(folder, f"{op}-{i}.weft")
        with open(name, "w", encoding="utf-8") as file:
            json.dump(model, file)
        what = f"{op} {json.dumps(knobs) if knobs else ''}".strip().replace("#", " ")
        code, out, err = run("check", name)
        yield f"{what} types", err if code != 0 else ""
        if not random and "truncate" not in knobs:  # a truncated gradient is another one on purpose
            yield f"{what} gradients", verify(name)
        yield f"{what} learns", learns(name, model)


names = sys.argv[1:] or sorted(os.path.basename(p)[: -len(".weft")] for p in glob.glob(os.path.join(DATA, "layers", "*.weft")))
# One in so many, where each takes long.
names = names[::int(os.environ.get("WEFT_LAYERS_EVERY", "1"))]
with tempfile.TemporaryDirectory() as folder:
    paths = [os.path.join(DATA, "layers", name + ".weft") for name in names]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # the work is done by processes
        for found in pool.map(lambda path: list(cases(path, folder)), paths):
            for name, problem in found:
                case(name, problem)
print(f"1..{done}")
sys.exit(failed > 0)
