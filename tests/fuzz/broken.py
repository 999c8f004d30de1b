# Broken documents: each is named, and made from a good one by one mistake. Used by test-hostile.py.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

import copy
import json

GOOD = {
    "format": "weft", "version": 1, "title": "Good",
    "nodes": [
        {"id": "data", "op": "dataset", "params": {"data": "iris"}, "at": [40, 70]},
        {"id": "hidden", "op": "dense", "params": {"units": 8, "activation": "tanh"}, "at": [290, 50]},
        {"id": "logits", "op": "dense", "params": {"units": 3}, "at": [540, 70]},
        {"id": "penalty", "op": "expression", "params": {"text": "1e-4 * (w**2).sum()"}, "at": [540, 300]},
        {"id": "cost", "op": "cross_entropy", "at": [790, 150]},
        {"id": "total", "op": "add", "at": [1000, 150]},
    ],
    "wires": [
        "data.features -> hidden.x", "hidden.y -> logits.x", "logits.y -> cost.logits", "data.label -> cost.labels",
        "hidden.W -> penalty.w", "cost.loss -> total.a", "penalty.out -> total.b",
    ],
    "notes": [{"id": "n1", "text": "A note", "at": [0, 400], "size": [200, 100]}],
    "training": {"loss": "total.y", "rule": "adam", "rate": 0.01, "batch": 16, "epochs": 2, "seed": 1},
    "view": {"at": [0, 0], "zoom": 1},
}
TEXT = json.dumps(GOOD, indent=1)


def changed(change):
    document = copy.deepcopy(GOOD)
    change(document)
    return json.dumps(document)


def node(document, name):
    return next(n for n in document["nodes"] if n["id"] == name)


def with_params(name, **params):
    return changed(lambda d: node(d, name).setdefault("params", {}).update(params))


def with_node(**members):
    return changed(lambda d: d["nodes"].append(members))


def with_text(text):
    return with_params("penalty", text=text)


def with_data(**params):
    return changed(lambda d: node(d, "data").update(params=params))


def with_training(**members):
    return changed(lambda d: d["training"].update(members))


def cuts():
    """The file breaks off, at 40 places. (Without its last bracket it is broken, too.)"""
    for i in range(40):
        yield f"cut-{i}", TEXT[: len(TEXT.rstrip()) * i // 40]


def syntax():
    yield "not-json", "Dear reader,\nthis is a letter.\n"
    yield "null", "null"
    yield "number", "17"
    yield "string", '"weft"'
    yield "list", "[]"
    yield "empty-object", "{}"
    yield "zero-bytes", TEXT[:100] + "\0\0" + TEXT[100:]
    yield "not-utf8", TEXT.encode()[:60] + b"\xff\xfe\x80" + TEXT.encode()[60:]
    yield "utf16", TEXT.encode("utf-16")
    yield "latin-1", TEXT.replace("Good", "Schön").encode("latin-1")
    yield "binary", bytes((i * 7919) % 256 for i in range(5000))
    yield "nan", TEXT.replace("0.01", "NaN")
    yield "infinity", TEXT.replace("0.01", "Infinity")
    yield "minus-infinity", TEXT.replace("0.01", "-Infinity")
    yield "too-large-number", TEXT.replace("0.01", "1e999")
    yield "hexadecimal", TEXT.replace("0.01", "0x10")
    yield "octal", TEXT.replace("16", "016")
    yield "comment", "// model\n" + TEXT
    yield "comment-inside", TEXT.replace('"nodes"', '/* here */ "nodes"')
    yield "trailing-comma", TEXT.replace('"zoom": 1', '"zoom": 1,')
    yield "single-quotes", TEXT.replace('"', "'")
    yield "text-after", TEXT + "\nthe end"
    yield "two-documents", TEXT + TEXT
    yield "duplicate-key", TEXT.replace('"title": "Good"', '"title": "Good", "title": "Bad"')
    yield "duplicate-nodes", TEXT.replace('"notes":', '"nodes":')
    yield "raw-line-break", TEXT.replace("A note", "A\nnote")
    yield "unknown-escape", TEXT.replace("A note", "A \\q note")
    yield "half-surrogate", TEXT.replace("A note", "\\ud800")
    yield "zero-escape", TEXT.replace("A note", "\\u0000")
    yield "unclosed-string", TEXT.replace('"Good"', '"Good')
    for depth in (65, 1000, 100000, 3000000):
        yield f"deep-lists-{depth}", '{"format": "weft", "version": 1, "nodes": ' + "[" * depth + "]" * depth + "}"
        yield f"deep-objects-{depth}", '{"format": "weft", "version": 1, "future": ' + '{"a":' * depth + "1" + "}" * depth + "}"
        yield f"open-lists-{depth}", "[" * depth


def head():
    yield "no-format", changed(lambda d: d.pop("format"))
    yield "other-format", changed(lambda d: d.update(format="woof"))
    yield "format-number", changed(lambda d: d.update(format=1))
    yield "no-version", changed(lambda d: d.pop("version"))
    for value in (0, -1, 2, 1000000000000, 1.5, "1", None, [], {}, True):
        yield f"version-{value}", changed(lambda d, v=value: d.update(version=v))
    for value in (1, [], {}):
        yield f"title-{value}", changed(lambda d, v=value: d.update(title=v))
    for key in ("nodes", "wires", "notes"):
        for value in ({}, "text", 1000000000, True):
            yield f"{key}-{value}", changed(lambda d, k=key, v=value: d.update({k: v}))
    for key in ("training", "view", "groups"):
        for value in ([], "text", 7):
            yield f"{key}-{value}", changed(lambda d, k=key, v=value: d.update({k: v}))


def nodes():
    for value in (None, 1, "tanh", [], True):
        yield f"node-{value}", changed(lambda d, v=value: d["nodes"].append(v))
    yield "node-empty", with_node()
    yield "node-no-op", with_node(id="a")
    yield "node-no-id", with_node(op="tanh")
    for value in ("", "a b", "a.b", "a -> b", "ä", 5, None, "x" * 101, "a\nb", "../x"):
        yield f"id-{str(value)[:10]!r}", with_node(id=value, op="tanh")
    yield "id-twice", with_node(id="hidden", op="tanh")
    for value in ("", "tanhh", "Tanh", 5, None, [], "group:gone", "group:", "../layers/dense", "/etc/passwd", "dense.weft", "x" * 10000):
        yield f"op-{str(value)[:18]!r}", with_node(id="a", op=value)
    for value in (1, "here", [], [1], [1, 2, 3], ["a", "b"], [None, 1], {}, [1e300, 0]):
        yield f"at-{str(value)[:10]}", with_node(id="a", op="tanh", at=value)
    for value in (1, "units", [], True):
        yield f"params-{value}", with_node(id="a", op="tanh", params=value)


def with_group(definition, **more):
    return changed(lambda d: (d.update(groups={"g": definition, **more}), d["nodes"].append({"id": "use", "op": "group:g"})))


def ladder(n, uses):
    """Definitions of which each uses the one before: short to write, long to unfold."""
    made = {"g0": {"nodes": [{"id": "x", "op": "input"}]}}
    for i in range(1, n):
        made[f"g{i}"] = {"nodes": [{"id": "x", "op": "input"}] + [{"id": f"n{k}", "op": f"group:g{i - 1}"} for k in range(uses)]}
    return changed(lambda d: (d.update(groups=made), d["nodes"].append({"id": "use", "op": f"group:g{n - 1}"})))


def groups():
    for value in ("x", 5, [], None, True):
        yield f"group-{value}", with_group(value)
        yield f"group-nodes-{value}", with_group({"nodes": value if value != [] else {}})
        yield f"group-layer-{value}", with_group({"layer": value, "nodes": [{"id": "y", "op": "output"}]})
        yield f"group-gradient-{value}", with_group({"layer": {"gradient": value}, "nodes": [{"id": "y", "op": "output"}]})
    yield "group-nothing", with_group({})
    yield "group-itself", with_group({"nodes": [{"id": "n", "op": "group:g"}]})
    yield "group-round", with_group({"nodes": [{"id": "n", "op": "group:h"}]}, h={"nodes": [{"id": "n", "op": "group:g"}]})
    yield "group-itself-in-a-loop", with_group({"nodes": [{"id": "n", "op": "scan", "params": {"step": "g"}}]})
    yield "group-in-group", with_group({"groups": {}})
    yield "group-unknown-inside", with_group({"nodes": [{"id": "n", "op": "group:gone"}]})
    yield "group-cycle", with_group({"nodes": [{"id": "a", "op": "tanh"}, {"id": "b", "op": "tanh"}], "wires": ["a.y -> b.x", "b.y -> a.x"]})
    yield "group-open-port", with_group({"layer": {"inputs": ["x"], "outputs": ["y"], "body": "x + q"}})
    yield "group-text-syntax", with_group({"layer": {"inputs": ["x"], "outputs": ["y"], "body": "x +"}})
    yield "group-text-name", with_group({"layer": {"inputs": [], "outputs": ["y"], "body": "nobody(3)"}})
    yield "group-names-numbers", with_group({"layer": {"inputs": [1, None], "outputs": [[]], "knobs": [3, {}]}, "nodes": [{"id": "y", "op": "output"}]})
    yield "group-calls-itself", with_group({"layer": {"body": "g(1.0)", "outputs": ["y"]}})
    yield "group-gradient-syntax", with_group({"layer": {"gradient": "dx = ("}, "nodes": [{"id": "y", "op": "output"}]})
    yield "group-bad-id", changed(lambda d: d.update(groups={"a.b": {}}))
    for n, uses in ((70, 1), (40, 2), (60, 30), (20000, 1)):
        yield f"group-ladder-{n}-{uses}", ladder(n, uses)
    step = {"id": "s", "op": "scan"}
    for text in ("", "gone", "lambda", "lambda x: s(x)", "lambda x, h: (h, until", "lambda x, h: h h", 5, None, [], "lambda " + "x, " * 2000 + "x: x", "x + 1"):
        yield f"step-{str(text)[:20]!r}", with_node(**step, params={"step": text})
    for op in ("map", "reduce", "cond", "beam_search", "update", "output"):
        yield f"open-{op}", with_node(id="s", op=op)
    yield "scan-states", with_node(**step, params={"states": "a b c"})
    yield "scan-truncate", with_node(**step, params={"truncate": -1})
    yield "beam-large", with_node(id="s", op="beam_search", params={"beam": 10**15, "steps": 10**15})


def parameters():
    for value in (0, -1, 1.5, "many", None, [], {}, 10**9, 10**15, 10**30, True):
        yield f"units-{value}", with_params("hidden", units=value)
    for value in ("bend", 1, [], "tanh(x)", ""):
        yield f"activation-{value}", with_params("hidden", activation=value)
    yield "units-misspelt", with_params("hidden", unit=3)
    yield "axis-outside", changed(lambda d: (d["nodes"].append({"id": "s", "op": "softmax", "params": {"axis": 7}}), d["wires"].append("logits.y -> s.x")))
    yield "axis-text", changed(lambda d: (d["nodes"].append({"id": "s", "op": "softmax", "params": {"axis": "last"}}), d["wires"].append("logits.y -> s.x")))
    for value in ("(", "(a b)", "(-1,)", "(1, 2, 3, 4, 5, 6, 7, 8, 9)", 5.5, {}, [None], "(" * 10000, "(n/0,)"):
        yield f"shape-{str(value)[:14]}", with_node(id="p", op="parameter", params={"shape": value})
    yield "shape-huge", with_node(id="p", op="parameter", params={"shape": "(1000000000, 1000000000, 1000000000)"})
    yield "init-unknown", with_node(id="p", op="parameter", params={"shape": "(3,)", "init": "magic"})
    yield "constant-ragged", with_node(id="c", op="constant", params={"value": [[1, 2], [3]]})
    yield "constant-text", with_node(id="c", op="constant", params={"value": ["a"]})
    yield "constant-deep", with_node(id="c", op="constant", params={"value": json.loads("[" * 12 + "1" + "]" * 12)})
    yield "constant-object", with_node(id="c", op="constant", params={"value": {"a": 1}})


def expressions():
    texts = {
        "empty": "", "open": "(w", "operator": "w +", "unknown-function": "frobnicate(w)", "unknown-keyword": "w.sum(axes=0)", "too-many": "tanh(w, w, w)",
        "assignment": "w = ", "python": "import os", "call": "__import__('os')", "attribute": "w.__class__", "quotes": "'w'", "index": "w[0", "index-outside": "w[1000]",
        "axis": "w.sum(axis=9)", "power": "w ** ** 2", "unicode": "w + “x”", "zero-shape": "zeros((1000000000, 1000000000))", "reshape": "w.reshape(7, 11)",
        "brackets": "(" * 100000 + "w" + ")" * 100000, "minus": "-" * 100000 + "w", "powers": "w" + "**w" * 100000, "number": "1" * 5000 + ".5e99999", "shift": "1 << 100000",
        "integer": "w + 99999999999999999999999999", "name": "x" * 100000 + "(w)", "tabs": "\t\tw\n  w", "lines": "a = w\nb = a +\nb",
    }
    for name, text in texts.items():
        yield f"text-{name}", with_text(text)
    for value in (None, 1, [], {}):
        yield f"text-{value}", with_text(value)


def wires():
    for value in (1, None, [], {}, "", "->", "a -> b", "hidden.y->logits.x", "hidden.y -> logits.x ", "hidden. -> logits.x", ".y -> logits.x",
                  "hidden.y -> logits.x -> cost.logits", "hidden.y -> gone.x", "gone.y -> logits.x", "hidden.y -> total.c", "hidden.z -> penalty.v",
                  "logits.y -> cost.logits", "hidden.y -> hidden.x", "cost.loss -> hidden.x", "x" * 100000):
        yield f"wire-{str(value)[:30]!r}", changed(lambda d, v=value: d["wires"].append(v))
    yield "wire-twice", changed(lambda d: d["wires"].append(d["wires"][0]))
    yield "self-loop", changed(lambda d: (d["nodes"].append({"id": "a", "op": "tanh"}), d["wires"].append("a.y -> a.x")))
    yield "cycle-of-two", changed(lambda d: (d["nodes"].extend([{"id": "a", "op": "tanh"}, {"id": "b", "op": "tanh"}]), d["wires"].extend(["a.y -> b.x", "b.y -> a.x"])))
    yield "missing-wire", changed(lambda d: d["wires"].pop(1))
    constant = {"op": "constant", "params": {"value": [[1, 2, 3], [4, 5, 6]]}}
    yield "shapes-differ", changed(lambda d: (d["nodes"].extend([{"id": "c", **constant}, {"id": "m", "op": "matmul"}]), d["wires"].extend(["c.y -> m.a", "c.y -> m.b"])))


def large():
    """Sizes and chains that must cost no more than their text."""
    n = 20000
    chain = [{"id": f"t{i}", "op": "tanh"} for i in range(n)]
    links = [f"t{i}.y -> t{i + 1}.x" for i in range(n - 1)]
    yield "long-cycle", json.dumps({"format": "weft", "version": 1, "nodes": chain, "wires": links + [f"t{n - 1}.y -> t0.x"]})
    yield "cycle-with-tail", json.dumps({"format": "weft", "version": 1, "nodes": chain, "wires": links[::-1] + ["t1.y -> t0.x"]})
    yield "open-chain", json.dumps({"format": "weft", "version": 1, "nodes": chain, "wires": links})
    yield "many-notes", json.dumps({"format": "weft", "version": 1, "nodes": [], "notes": [{"id": f"n{i % (n - 1)}", "text": ""} for i in range(n)]})
    yield "many-unknown-keys", json.dumps({"format": "weft", "version": 1, "nodes": 1, **{f"k{i}": i for i in range(100000)}})
    yield "many-unknown-in-node", json.dumps({"format": "weft", "version": 1, "nodes": [{"id": "a", **{f"k{i}": i for i in range(100000)}}]})
    yield "many-ids", json.dumps({"format": "weft", "version": 1, "nodes": [{"id": f"t{i % (n - 1)}", "op": "input"} for i in range(n)]})


def data():
    yield "data-unknown", with_data(data="imagenet")
    yield "data-path", with_data(data="../../../etc")
    yield "data-number", with_data(data=5)
    yield "data-nothing", with_data()
    yield "data-member", with_data(data="iris", colums=[])
    yield "data-gone", with_data(file="gone.csv")
    yield "data-rows", with_data(generate="moons", rows=10**9)
    yield "data-window", with_data(data="tiny-shakespeare", window=10**12)
    yield "data-classes", with_data(file="a.csv", columns=[{"name": "features"}, {"name": "label", "classes": 10**9}])
    yield "data-shape", with_data(file="a.csv", format="idx", columns=[{"name": "features", "shape": [10**6, 10**6, 10**6]}])
    yield "data-transform", with_data(data="iris", transforms=[{"do": "explode", "column": "features"}])
    yield "data-split", with_data(data="iris", split={"train": -1})


def training():
    for key, values in {
        "loss": (5, "gone.y", "cost", "hidden.y", "cost.gone", [], ""),
        "rule": (5, "magic", [], ""),
        "rate": (-1, "fast", [], "1e9999"),
        "schedule": (5, "sometimes"),
        "batch": (0, -5, 1.5, "all", [], 10**30),
        "epochs": (-1, "many", []),
        "seed": ("x", [], 1.5),
        "knobs": ([], {"beta1": 7}, {"beta9": 0.5}, 3),
        "metrics": ([], {"accuracy": "gone.y"}, {"accuracy": 5}),
    }.items():
        for value in values:
            yield f"training-{key}-{str(value)[:20]}", with_training(**{key: value})


def all_cases():
    for group in (cuts, syntax, head, nodes, groups, parameters, expressions, wires, large, data, training):
        for name, text in group():
            yield name, text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
