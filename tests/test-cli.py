#!/usr/bin/python3
# Tests of weft-cli from outside: answers, files, messages and exit codes. Prints TAP.
#
# tests/golden/cli/NAME.call holds the arguments on its first line and the exit code on its second; NAME.expected is
# standard output, NAME.errors standard error. `test-cli.py --update` writes both anew, to be looked at in review.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

import fcntl
import json
import math
import os
import pty
import re
import select
import shlex
import signal
import struct
import subprocess
import sys
import tempfile
import termios

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
GOLDEN = os.path.join(HERE, "golden", "cli")
CLI = os.path.join(os.environ.get("WEFT_BUILD_DIR", os.path.join(ROOT, "build")), "app", "weft-cli")
EXAMPLES = os.path.join(ROOT, "data", "examples")
ENV = dict(os.environ, LC_ALL="C.UTF-8", WEFT_DATA_DIR=os.path.join(ROOT, "data"), G_ENABLE_DIAGNOSTIC="0")
UPDATE = "--update" in sys.argv

done = 0
failed = 0


def case(name, problem):
    """One line of TAP; problem is empty or says what is wrong."""
    global done, failed
    done += 1
    if problem:
        failed += 1
        print(f"not ok {done} - {name}")
        for line in str(problem).splitlines()[:40]:
            print(f"# {line}")
    else:
        print(f"ok {done} - {name}")
    sys.stdout.flush()


def run(*args, timeout=300, **more):
    return subprocess.run([CLI, *map(str, args)], capture_output=True, text=True, env=ENV, timeout=timeout, **more)


def example(name):
    return os.path.join(EXAMPLES, name + ".weft")


# ---- Golden answers ----

def plain(text):
    return re.sub(r"\.def:\d+", ".def:LINE", text.replace(ROOT, "ROOT"))


def golden():
    for file in sorted(os.listdir(GOLDEN)):
        if not file.endswith(".call"):
            continue
        name = file[:-5]
        base = os.path.join(GOLDEN, name)
        with open(base + ".call") as f:
            call, code = f.read().splitlines()[:2]
        got = run(*shlex.split(call), cwd=ROOT)
        pairs = (("expected", plain(got.stdout)), ("errors", plain(got.stderr)))
        problem = "" if got.returncode == int(code) else f"exit {got.returncode}, not {code}\n{got.stderr}"
        for kind, text in pairs:
            path = f"{base}.{kind}"
            if UPDATE:
                with open(path, "w") as f:
                    f.write(text)
            with open(path) as f:
                want = f.read()
            if text != want:
                problem += f"{kind}:\n{text}\nnot\n{want}"
        case(f"/cli/golden/{name}", problem)


# ---- Training ----

def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


def check_events(events, steps):
    kinds = [e["event"] for e in events]
    if kinds[-1] != "finished" or set(kinds) - {"step", "epoch", "finished"}:
        return f"kinds are {kinds}"
    if events[-1]["step"] != steps:
        return f"{events[-1]['step']} steps, not {steps}"
    if list(events[0]) != ["event", "step", "epoch", "time_s", "train"]:
        return f"members are {list(events[0])}"
    return ""


def train():
    got = run("train", example("iris"), "--epochs", 3, "--seed", 1, "--json", "--log-every", 1)
    case("/cli/train/exit", f"exit {got.returncode}: {got.stderr}" if got.returncode else "")
    events = lines_of(got.stdout)
    case("/cli/train/events", check_events(events, 21))
    case("/cli/train/validation", "" if all("validation" in e for e in events if e["event"] == "epoch") else "no validation")
    last = events[-1]
    wanted = {"event", "reason", "step", "test", "steps_per_s", "peak_bytes"}
    case("/cli/train/finished", "" if set(last) == wanted and last["reason"] == "epochs" else str(last))


def train_twice():
    call = ("train", example("digits-mlp"), "--steps", 50, "--seed", 7, "--json", "--no-times")
    first, second = run(*call), run(*call)
    case("/cli/train/same-seed", "" if first.stdout == second.stdout and first.stdout else "the logs differ")
    other = run("train", example("digits-mlp"), "--steps", 50, "--seed", 8, "--json", "--no-times")
    case("/cli/train/other-seed", "" if first.stdout != other.stdout else "the logs are equal")


def train_files(folder):
    log, save, points = (os.path.join(folder, n) for n in ("a.jsonl", "a.safetensors", "points"))
    # A schedule that knows the end of the run would make the part another run than the whole.
    call = ("train", example("iris"), "--set", "training.schedule=constant", "--no-times")
    whole = run(*call, "--epochs", 5, "--log", os.path.join(folder, "whole.jsonl"))
    part = run(*call, "--steps", 12, "--log", log, "--checkpoint", points)
    rest = run(*call, "--epochs", 5, "--log", log, "--resume", points, "--save", save)
    case("/cli/train/resume", "".join(r.stderr for r in (whole, part, rest) if r.returncode))
    with open(os.path.join(folder, "whole.jsonl")) as a, open(log) as b:
        case("/cli/train/resume/same-log", "" if a.read() == b.read() else "the resumed log differs")
    case("/cli/train/save", "" if os.path.getsize(save) > 500 else "no parameters")
    for name, args, code, said in (
            ("save/nowhere", ("--save", os.path.join(folder, "none", "x.safetensors")), 3, "x.safetensors: cannot be written"),
            ("set/no-such", ("--set", "training.rat=0.1"), 1, "training has no setting “rat”; did you mean rate?"),
            ("set/no-number", ("--set", "training.rate=abc"), 1, "training: rate must be a number in (0, inf)")):
        got = run("train", example("iris"), "--steps", "3", *args)
        case("/cli/train/" + name, "" if got.returncode == code and said in got.stderr and "finished" not in got.stdout else got.stdout + got.stderr)
    marked = os.path.join(folder, "marked.weft")
    with open(example("iris"), "rb") as plain_file, open(marked, "wb") as file:
        file.write(b"\xef\xbb\xbf" + plain_file.read())
    got = run("check", marked)
    case("/cli/check/byte-order-mark", "" if got.returncode == 0 else got.stderr)
    got = run("eval", "-e", "x", "--feed", "x=1", "--feed", "x=2")
    case("/cli/eval/fed-twice", "" if got.returncode == 2 and "x is fed twice" in got.stderr else got.stdout + got.stderr)
    got = run("eval", example("iris"), "--load", save, "--fetch", "acc.y", "--json")
    accuracy = json.loads(got.stdout)["acc.y"]["data"][0] if got.returncode == 0 else 0
    case("/cli/eval/load", "" if accuracy > 0.8 else got.stderr + f"accuracy {accuracy}")


def train_until_accurate():
    for name, least in (("mnist-mlp", 0.97), ("mnist-softmax", 0.915)):
        got = run("train", example(name), "--epochs", 3, "--seed", 1, "--json", timeout=900)
        accuracy = lines_of(got.stdout)[-1].get("test", {}).get("accuracy", 0) if got.returncode == 0 else 0
        case(f"/cli/train/{name}/accuracy", "" if accuracy > least else got.stderr + f"accuracy {accuracy}")


def interrupt(folder, number, code):
    save = os.path.join(folder, f"stopped-{number}.safetensors")
    with subprocess.Popen([CLI, "train", example("iris"), "--steps", "1000000000", "--json", "--save", save],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENV) as process:
        process.stdout.readline()
        process.send_signal(number)
        out, errors = process.communicate(timeout=60)
    last = json.loads(out.splitlines()[-1])
    problem = "" if process.returncode == code else f"exit {process.returncode}: {errors}"
    if last.get("reason") != "stopped" or not os.path.exists(save):
        problem += str(last)
    case(f"/cli/train/stops/{signal.Signals(number).name}", problem)


def terminal(term, columns):
    """What a run of iris shows on a terminal of its own."""
    pid, master = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.environ.update(ENV, TERM=term)
        os.execv(CLI, [CLI, "train", example("iris"), "--steps", "40000"])
    shown = b""
    while True:
        try:
            if not select.select([master], [], [], 60)[0]:
                break
            part = os.read(master, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code, shown.decode()


def progress():
    code, shown = terminal("xterm-256color", 100)
    lines = [part for part in shown.split("\r") if "steps/s" in part and "%" in part]
    case("/cli/train/progress", "" if code == 0 and lines and "loss" in lines[0] else f"exit {code}: {shown[-2000:]}")
    code, shown = terminal("xterm-256color", 24)
    bars = [part[3:].split("\n")[0] for part in shown.split("\r") if part.startswith("\x1b[K") and "%" in part and "accuracy" not in part]
    longest = max((len(bar) for bar in bars), default=99)
    case("/cli/train/progress/narrow", "" if code == 0 and longest < 24 else f"exit {code}, {longest} columns: {shown[-500:]}")
    code, shown = terminal("dumb", 80)
    case("/cli/train/progress/dumb", "" if code == 0 and "\x1b" not in shown and "finished" in shown else f"exit {code}: {shown[-500:]}")


# ---- Other commands ----

def vector(folder):
    """1 2 3 in a file."""
    out = os.path.join(folder, "vector")
    if not os.path.exists(os.path.join(out, "out.npy")):
        run("eval", "-e", "cast(arange(3), f32) + 1", "-o", out)
    return os.path.join(out, "out.npy")


def look(folder):
    got = run("find", example("digits-mlp"), "--role", "parameter", "--json")
    ok = got.returncode == 0 and [v["name"] for v in json.loads(got.stdout)] == ["hidden.W", "hidden.b", "logits.W", "logits.b"]
    case("/cli/find/role", "" if ok else got.stdout + got.stderr)
    got = run("find", example("digits-mlp"), "--before", "cost.loss", "--op", "relu", "--json")
    ok = got.returncode == 0 and [v["name"] for v in json.loads(got.stdout)] == ["hidden.y"]
    case("/cli/find/before", "" if ok else got.stdout + got.stderr)
    path = os.path.join(folder, "said.weft")
    with open(path, "w") as file:
        json.dump({"format": "weft", "version": 1, "nodes": [{"id": "w", "op": "parameter", "params": {"shape": "()", "init": "ones"}},
                   {"id": "cost", "op": "expression", "params": {"text": "print(w, 'weight')**2"}}], "wires": ["w.y -> cost.w"],
                   "training": {"rule": "sgd", "rate": 0.25, "steps": 3}}, file)
    got = run("train", path, "--json", "--no-times")
    said = [event["message"] for event in map(json.loads, got.stdout.splitlines()) if event["event"] == "said"]
    case("/cli/train/print", "" if said == ["weight: 1.0", "weight: 0.5", "weight: 0.25"] else got.stdout + got.stderr)
    got = run("verify", example("iris"), "--json")
    answer = json.loads(got.stdout) if got.stdout else {}
    ok = got.returncode == 0 and answer.get("failed") == 0 and answer.get("rewrites", 0) > 0 and answer.get("rewrites_wrong") == 0
    case("/cli/verify", "" if ok else got.stdout + got.stderr)
    got = run("ops", "--json")
    ops = json.loads(got.stdout)
    bare = [op["name"] for op in ops if not op.get("signature") or not op.get("family") or not op.get("summary")]
    mute = [op["name"] for op in ops if "gradients" not in op and "gradient" not in op and not op.get("no_gradient")]
    case("/cli/ops/complete", "" if len(ops) > 300 and not bare and not mute else f"{bare} {mute}")
    save = os.path.join(folder, "letters")
    got = run("train", example("char-rnn"), "--steps", "2", "--checkpoint", save, "--set", "memory.units=16")
    args = ("sample", example("char-rnn"), "--length", "40", "--seed-text", "ROMEO:", "--json")
    again = [run(*args) for _ in range(2)]
    ok = all(one.returncode == 0 for one in again) and again[0].stdout == again[1].stdout
    text = json.loads(again[0].stdout)["text"] if ok else ""
    case("/cli/sample", "" if text.startswith("ROMEO:") and len(text) == 46 else again[0].stderr)
    got = run(*args, "--checkpoint", save)
    case("/cli/sample/of-another", "" if got.returncode == 1 and "memory.W" in got.stderr else got.stdout + got.stderr)
    got = run("sample", example("iris"))
    case("/cli/sample/no-text", "" if got.returncode == 1 and "no text" in got.stderr else got.stdout + got.stderr)
    got = run("sample", example("char-rnn"), "--seed-text", "\u00e9")
    case("/cli/sample/unknown-letter", "" if got.returncode == 1 and "\u00e9" in got.stderr else got.stdout + got.stderr)


def evaluate(folder):
    got = run("eval", "-e", "tanh(x) * 2", "--feed", "x=0.5", "--json")
    value = json.loads(got.stdout)["out"] if got.returncode == 0 else {}
    ok = value.get("dtype") == "float32" and value.get("shape") == [] and abs(value["data"][0] - 2 * math.tanh(0.5)) < 1e-6
    case("/cli/eval/expression", "" if ok else got.stdout + got.stderr)
    got = run("eval", "-e", "c = sum(x ** 3)", "--feed", "x=2", "--grad", "c", "--wrt", "x", "--json")
    ok = got.returncode == 0 and json.loads(got.stdout) == {"grad.x": {"dtype": "float32", "shape": [], "data": [12]}}
    case("/cli/eval/gradient", "" if ok else got.stdout + got.stderr)
    for flags, key, shape, data in (
        (("--jacobian", "out", "--wrt", "x"), "jacobian.x", [3, 3], [2, 0, 0, 0, 4, 0, 0, 0, 6]),
        (("--jvp", "x=0.5"), "jvp.out", [3], [1, 2, 3])):
        got = run("eval", "-e", "x * x", "--feed", "x=" + vector(folder), *flags, "--json")
        answer = json.loads(got.stdout).get(key, {}) if got.returncode == 0 else {}
        case("/cli/eval/" + key, "" if answer.get("shape") == shape and answer.get("data") == data else got.stdout + got.stderr)
    for flags, key, shape, data in (
        (("--hessian", "out", "--wrt", "x"), "hessian.x", [3, 3], [6, 0, 0, 0, 12, 0, 0, 0, 18]),
        (("--hvp", "out", "--wrt", "x=2"), "hvp.x", [3], [12, 24, 36])):
        got = run("eval", "-e", "sum(x ** 3)", "--feed", "x=" + vector(folder), *flags, "--json")
        answer = json.loads(got.stdout).get(key, {}) if got.returncode == 0 else {}
        case("/cli/eval/" + key, "" if answer.get("shape") == shape and answer.get("data") == data else got.stdout + got.stderr)
    for what, code, said in (("error", 1, "does not depend on y"), ("zero", 0, ""), ("none", 0, "does not depend on it")):
        got = run("eval", "-e", "z = y * 2\nsum(x ** 2)", "--feed", "x=3.5", "--feed", "y=1.5", "--grad", "out", "--wrt", "y", "--disconnected", what, "--json")
        case("/cli/eval/disconnected/" + what, "" if got.returncode == code and said in got.stderr else got.stdout + got.stderr)
    got = run("eval", "-e", "topk(x, 2)", "--feed", "x=" + vector(folder), "--json")
    ok = got.returncode == 0 and {k: v["data"] for k, v in json.loads(got.stdout).items()} == {"out0": [3, 2], "out1": [2, 1]}
    case("/cli/eval/tuple", "" if ok else got.stdout + got.stderr)
    out = os.path.join(folder, "out")
    got = run("eval", "-e", "arange(6).reshape((2, 3)) * 1.5", "-o", out)
    ok = got.returncode == 0 and os.path.exists(os.path.join(out, "out.npy"))
    got = run("eval", "-e", "sum(a, axis=1)", "--feed", "a=" + os.path.join(out, "out.npy"), "--json")
    ok = ok and got.returncode == 0 and json.loads(got.stdout)["out"]["data"] == [4.5, 18]
    case("/cli/eval/files", "" if ok else got.stdout + got.stderr)
    got = run("eval", "-e", "log(x)", "--feed", "x=0", "--json")
    case("/cli/eval/infinite", "" if json.loads(got.stdout)["out"]["data"] == ["-inf"] else got.stdout)


def profile():
    got = run("profile", example("digits-mlp"), "--steps", "5", "--json")
    answer = json.loads(got.stdout) if got.returncode == 0 else {}
    kernels = answer.get("kernels", [])
    ok = kernels and answer["calls"] == 5 and answer["flops_per_s"] > 1e8 and 0.2 < sum(k["share"] for k in kernels) < 1.2
    ok = ok and all(k["bound"] in ("flops", "bytes") for k in kernels) and any(k["place"].startswith("update of ") for k in kernels)
    case("/cli/profile/json", "" if ok else got.stdout + got.stderr)
    got = run("profile", example("char-rnn"), "--function", "predict", "--steps", "2", "--threads", "1")
    case("/cli/profile/table", "" if got.returncode == 0 and "one call: " in got.stdout and "# memory" in got.stdout else got.stdout + got.stderr)
    got = run("profile", example("iris"), "--steps", "0")
    case("/cli/profile/steps", "" if got.returncode == 2 and "--steps" in got.stderr else got.stdout + got.stderr)


def export(folder):
    got = run("export", example("iris"), "--to", "c", "-o", folder)
    paths = [os.path.join(folder, "iris." + suffix) for suffix in ("h", "c")]
    ok = got.returncode == 0 and got.stdout.split() == paths and "iris_call (const float *" in open(paths[0], encoding="utf-8").read()
    case("/cli/export/files", "" if ok else got.stdout + got.stderr)
    for name, args, code, said in (
        ("format", ("--to", "cobol"), 2, "numpy, pytorch or tex"), ("nothing", (), 2, "--to"), ("batch", ("--to", "c", "--batch", "0"), 2, "--batch"),
        ("folder", ("--to", "c", "-o", os.path.join(folder, "iris.c")), 1, "iris.c")):
        got = run("export", example("iris"), *args)
        case("/cli/export/" + name, "" if got.returncode == code and said in got.stderr else got.stdout + got.stderr)
    for language, name, said in (("numpy", "iris.py", "def predict(p, "), ("pytorch", "iris.py", "class Model(torch.nn.Module)"),
                                 ("tex", "iris.tex", "\\mathrm{softmax}")):
        got = run("export", example("iris"), "--to", language, "-o", folder)
        path = os.path.join(folder, name)
        ok = got.returncode == 0 and got.stdout.split() == [path] and said in open(path, encoding="utf-8").read()
        case("/cli/export/" + language, "" if ok else got.stdout + got.stderr)
    got = run("export", example("char-rnn"), "--to", "numpy", "-o", folder)
    case("/cli/export/loop", "" if got.returncode == 0 and "def step_" in open(got.stdout.strip(), encoding="utf-8").read() else got.stdout + got.stderr)
    got = run("export", example("gaussian-process"), "--to", "c", "--batch", "348", "-o", folder)
    ok = got.returncode == 1 and "has no text in C" in got.stderr and not os.path.exists(os.path.join(folder, "gaussian_process.c"))
    case("/cli/export/refused", "" if ok else got.stdout + got.stderr)


def check_examples():
    for name in sorted(name for name in os.listdir(EXAMPLES) if name.endswith(".weft")):
        got = run("check", os.path.join(EXAMPLES, name), "--json")
        answer = json.loads(got.stdout) if got.stdout else {}
        ok = got.returncode == 0 and answer.get("problems") == [] and all(answer["types"].values())
        case(f"/cli/check/{name}", "" if ok else got.stdout + got.stderr)


def verify():
    for name in ("iris", "digits-mlp", "linear-regression"):
        got = run("verify", example(name), "--json")
        answer = json.loads(got.stdout) if got.stdout else {}
        ok = got.returncode == 0 and answer["failed"] == 0 and answer["proofs"] and all(
            part.get("wrong", 0) == 0 and part.get("proved") == part.get("steps") and part.get("whole_agrees", True) for part in answer["proofs"])
        case(f"/cli/verify/{name}", "" if ok else got.stdout + got.stderr)


# ---- Rewrites ----

LESSON = "optimise-log-softmax"


def rewrite(*args):
    return run("rewrite", example(LESSON), *args)


def said(name, got, code, *texts, absent=()):
    """The exit code, and what the answer or the message must (not) hold."""
    whole = got.stdout + got.stderr
    missing = [text for text in texts if text not in whole] + [f"no {text}" for text in absent if text in whole]
    case(name, "" if got.returncode == code and not missing else f"exit {got.returncode}, missing {missing}\n{whole}")


def rewrites(folder):
    said("/cli/rewrite/document", rewrite("--function", "train"), 0, "log-softmax", "log(softmax(x))", "-> log_softmax(x)", "underflows", " ops, ")
    proof = rewrite("--proof")
    said("/cli/rewrite/proof", proof, 0, "256 rows agree to", "infinite or NaN: 24 before, 0 after", "the whole: ", absent=("DO NOT AGREE",))
    said("/cli/rewrite/proof/off", rewrite("--proof", "--without", "log-softmax"), 0, absent=("log-softmax",))
    said("/cli/rewrite/rules", rewrite("--rules"), 0, "1  stabilise    log-softmax")
    said("/cli/rewrite/rules/off", rewrite("--rules", "--without", "log-softmax"), 0, "0  stabilise    log-softmax  (off)")
    said("/cli/rewrite/step/0", rewrite("--step", 0, "--function", "measure"), 0, "log(", "softmax(", absent=("log_softmax",))
    said("/cli/rewrite/step/far", rewrite("--step", 999), 2, "there is no step 999; the last one is")
    said("/cli/rewrite/step/negative", rewrite("--step", -7), 2, "steps count from 1")
    said("/cli/rewrite/step/nonsense", rewrite("--step", "x"), 2)
    said("/cli/rewrite/function", rewrite("--function", "trian"), 2, "did you mean train?")
    said("/cli/rewrite/without", rewrite("--without", "log-sofmax"), 2, "--without: there is no rule", "did you mean log-softmax?")
    said("/cli/rewrite/why-not/unknown", rewrite("--why-not", "log-sofmax"), 2, "--why-not: there is no rule", "did you mean log-softmax?")
    for rule in ("log-softmax", "mul-zero", "fold", "merge"):
        got = rewrite("--why-not", rule, "--step", 0)
        case(f"/cli/rewrite/why-not/{rule}", "" if got.returncode == 0 and len(got.stdout) > 20 and got.stdout.count("\n") == 1 else got.stdout + got.stderr)
    nodes = [node["id"] for node in json.load(open(example(LESSON)))["nodes"]]
    got = rewrite("--why-not", "log-softmax", "--at", "nowhere")
    said("/cli/rewrite/why-not/place", got, 1, "--at: there is no node, port or value “nowhere”")
    said("/cli/rewrite/at/alone", rewrite("--at", nodes[0]), 2, "--at belongs to --why-not")
    steps = json.loads(rewrite("--json").stdout)["steps"]
    touched = [node for node in nodes if "log-softmax" in rewrite("--biography", node).stdout]
    case("/cli/rewrite/biography", "" if touched and len(touched) < len(nodes) else f"{touched} of {nodes}")
    said("/cli/rewrite/biography/count", rewrite("--biography", touched[0] if touched else ""), 0, f" of {len(steps)} steps")
    said("/cli/rewrite/biography/place", rewrite("--biography", nodes[0] + "x"), 1, f"did you mean {nodes[0]}?")
    said("/cli/rewrite/biography/number", rewrite("--biography", steps[0]["matched"][0]), 0, "   1  ")
    said("/cli/rewrite/formula", run("rewrite", "-e", "log(softmax(x)) * 1", "--feed", "x=f32(64, 10)", "--formula"), 0,
         "out = log(softmax(x))[- * 1.0-]", "out = [-log(softmax-]{+log_softmax+}(x[-)-])")
    many = "\n".join(f"a{i} = tanh(x * {i}.5) * 1" for i in range(9)) + "\n" + " + ".join(f"a{i}" for i in range(9))
    said("/cli/rewrite/collapsed", run("rewrite", "-e", many, "--feed", "x=f32(4)"), 0, "times more, up to step")
    said("/cli/rewrite/all", run("rewrite", "-e", many, "--feed", "x=f32(4)", "--all"), 0, absent=("times more",))
    said("/cli/rewrite/tuple", run("rewrite", "-e", "(x * 1, x + 0)", "--feed", "x=f32(4)"), 0, "mul-one", "add-zero")
    for what, args in (("feed", (example(LESSON), "--feed", "x=1")), ("function", ("-e", "1 + 1", "--function", "train")),
                       ("both", (example(LESSON), "-e", "1 + 1"))):
        said(f"/cli/rewrite/call/{what}", run("rewrite", *args), 2)
    said("/cli/rewrite/not-fed", run("rewrite", "-e", "x + 1"), 1, "--feed 'x=f32(64, 10)'")
    said("/cli/rewrite/type", run("rewrite", "-e", "x + 1", "--feed", "x=f32(64, q)"), 1)
    rewrite_json(folder, steps)
    for name in sorted(name for name in os.listdir(EXAMPLES) if name.endswith(".weft")):
        got = run("rewrite", os.path.join(EXAMPLES, name), "--rules")
        case(f"/cli/rewrite/examples/{name}", "" if got.returncode == 0 and got.stdout else got.stdout + got.stderr)


def rewrite_schema(history):
    try:
        import jsonschema
    except ImportError:
        print("# SKIP python3-jsonschema is not installed")
        return
    with open(os.path.join(ROOT, "data", "schema", "rewrite.schema.json")) as file:
        validator = jsonschema.Draft202012Validator(json.load(file))
    problems = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(history)]
    case("/cli/rewrite/json/schema", "\n".join(problems[:5]) if history else "no history")
    broken = json.loads(json.dumps(history))
    del broken["steps"][0]["rule"]
    case("/cli/rewrite/json/schema/refuses", "" if list(validator.iter_errors(broken)) else "a step without its rule passes")
    inner = json.loads(run("rewrite", example("optimise-scan"), "--json").stdout)
    problems = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(inner)]
    case("/cli/rewrite/json/schema/inner", "\n".join(problems[:5]))


def rewrite_json(folder, steps):
    problem = ""
    for step in steps:
        missing = {"step", "phase", "rule", "matched", "added", "before", "after", "cost_after", "guards"} - set(step)
        if missing:
            problem += f"step {step['step']} has no {missing}\n"
    case("/cli/rewrite/json/steps", problem if steps else "no steps")
    path = os.path.join(folder, "journal.json")
    got = rewrite("--json", path, "--proof")
    whole = json.load(open(path)) if got.returncode == 0 else {}
    proofs = [step.get("proof", {}) for step in whole.get("steps", [])]
    ok = bool(proofs) and all(proof.get("agrees") for proof in proofs) and whole["proof"]["agrees"]
    case("/cli/rewrite/json/proof", "" if ok else got.stderr + str(proofs))
    rewrite_schema(whole)
    mended = [step["proof"] for step in whole.get("steps", []) if step["rule"] == "log-softmax"]
    ok = len(mended) == 1 and mended[0]["rows"] == 256 and mended[0]["bad_before"] > 5 and mended[0]["bad_after"] == 0
    case("/cli/rewrite/json/mended", "" if ok else str(mended))
    # Writing row operations out makes more ops, and one kernel of them.
    least = min((step["cost_after"]["ops"] for step in whole.get("steps", [])), default=99)
    case("/cli/rewrite/json/cost", "" if least < whole.get("cost_before", {}).get("ops", 0) else str(whole)[:500])
    for kind, start in (("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG")):
        path = os.path.join(folder, "step." + kind)
        got = rewrite("--render", path, "--step", 1)
        ok = got.returncode == 0 and open(path, "rb").read(len(start)) == start
        case(f"/cli/rewrite/render/{kind}", "" if ok else got.stdout + got.stderr)
    said("/cli/rewrite/render/format", rewrite("--render", os.path.join(folder, "step.gif")), 2)


def render(folder):
    for kind, start in (("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG")):
        path = os.path.join(folder, "picture." + kind)
        got = run("render", example("digits-mlp"), "-o", path)
        ok = got.returncode == 0 and open(path, "rb").read(len(start)) == start
        case(f"/cli/render/{kind}", "" if ok else got.stderr)
    part = os.path.join(folder, "part.png")
    run("render", example("digits-mlp"), "-o", part, "--selection", "hidden,logits", "--scale", 2)
    size = [int.from_bytes(open(name, "rb").read(20)[16:20], "big") for name in (part, path)]
    case("/cli/render/selection", "" if size[0] < size[1] else f"widths {size}")
    said("/cli/render/no-such-node", run("render", example("digits-mlp"), "-o", part, "--selection", "nobody"), 2, "nobody")


def tables():
    """Every row of the tables; with WEFT_CLI_EVERY=N each Nth."""
    every = int(os.environ.get("WEFT_CLI_EVERY", "1"))
    for command in ("ops", "layers", "rules"):
        rows = json.loads(run(command, "--json").stdout)
        case(f"/cli/{command}/all", "" if len(rows) > 0 and all(row["name"] for row in rows) else "no rows")
        problem = ""
        for row in rows[::every]:
            one = run(command, row["name"], "--json")
            if one.returncode != 0 or json.loads(one.stdout.splitlines()[0])["name"] != row["name"]:
                problem += f"{row['name']}: {one.stderr}\n"
        case(f"/cli/{command}/each", problem)


def data():
    """What files and shipped sets hold; a guess is a data set that a document takes."""
    golden = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden", "data")
    got = json.loads(run("data", "iris", "--json").stdout)
    classes = next(field["classes"] for field in got["fields"] if field["name"] == "label")
    case("/cli/data/shipped", "" if sum(got["rows"].values()) == 150 and sum(classes.values()) == 105 else str(got))
    for name in ("x.npy", "packed.npz", "table.tsv", "lines.jsonl", "archive.zip", "pictures", "cifar.bin", "words.txt"):
        got = run("data", os.path.join(golden, name))
        case(f"/cli/data/{name}", "" if got.returncode == 0 and "train" in got.stdout else got.stderr)
    guess = json.loads(run("data", os.path.join(golden, "words.txt"), "--as", "words", "--guess").stdout)
    case("/cli/data/words", "" if guess["words"][:2] == ["<unknown>", "the"] else str(guess))
    said("/cli/data/no-file", run("data", "/no/such.csv"), 1, "such.csv")


def links():
    """No display: neither GTK nor X nor Wayland is linked."""
    libraries = subprocess.run(["ldd", CLI], capture_output=True, text=True).stdout
    bad = [line for line in libraries.splitlines() if "libgtk" in line or "libadwaita" in line or "libwayland-client" in line]
    case("/cli/links-no-display", "\n".join(bad))


# ---- Modes ----

def log_of(folder, name, mode, *options, **environment):
    """Trains an example for two epochs; the process, and its log without times."""
    path = os.path.join(folder, "mode.jsonl")
    got = subprocess.run([CLI, "train", example(name), "--epochs", "2", "--seed", "3", "--threads", "2", "--mode", mode, "--log", path, *options],
                         capture_output=True, text=True, env=dict(ENV, **environment), timeout=300)
    rows = []
    if os.path.exists(path):
        with open(path) as f:
            rows = [json.loads(line) for line in f]
        os.remove(path)
    for row in rows:
        for times in ("time_s", "steps_per_s", "peak_bytes"):
            row.pop(times, None)
    return got, rows


def modes(folder):
    cache = {"XDG_CACHE_HOME": os.path.join(folder, "cache")}
    hanging = os.path.join(folder, "hanging-cc")
    with open(hanging, "w") as f:
        f.write("#!/bin/sh\nexec sleep 600\n")
    os.chmod(hanging, 0o700)
    _, wanted = log_of(folder, "iris", "interpret")
    for what, mode, environment in (("cold", "compile", cache), ("cached", "compile", cache), ("compare", "compare", cache),
                                    ("hanging", "compile", dict(cache, WEFT_CC=hanging, XDG_CACHE_HOME=os.path.join(folder, "other")))):
        got, rows = log_of(folder, "iris", mode, **environment)
        case(f"/cli/mode/{what}", "" if got.returncode == 0 and rows == wanted and rows else f"exit {got.returncode}: {got.stderr}{rows}")
    # Long enough for the threads that look for the compiler to say so.
    long = ("--epochs", "2000")
    _, wanted = log_of(folder, "iris", "interpret", *long)
    got, rows = log_of(folder, "iris", "compile", *long, WEFT_CC="/nowhere/cc")
    case("/cli/mode/missing", "" if got.returncode == 0 and rows == wanted and "/nowhere/cc" in got.stderr else f"exit {got.returncode}: {got.stderr}")
    got = run("train", example("iris"), "--epochs", 1, "--mode", "fast")
    case("/cli/mode/unknown", "" if got.returncode == 2 and "compile" in got.stderr else f"exit {got.returncode}: {got.stderr}")
    for guard, code in (("nan", 0), ("inf", 0), ("1e-3", 1), ("x", 2), ("-1", 2)):
        got = run("train", example("iris"), "--steps", 5, "--guard", guard)
        said = code != 1 or "no variable was changed" in got.stderr
        case(f"/cli/guard/{guard}", "" if got.returncode == code and said else f"exit {got.returncode}: {got.stderr}")


def full_disk():
    if not os.path.exists("/dev/full"):
        print("# no /dev/full here")
        return
    with open("/dev/full", "w") as full:
        got = subprocess.run([CLI, "ops", "--json"], stdout=full, stderr=subprocess.PIPE, text=True, env=ENV)
    case("/cli/full-disk", "" if got.returncode == 3 else f"exit {got.returncode}: {got.stderr}")


def main():
    golden()
    if UPDATE:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        train()
        train_twice()
        train_files(folder)
        interrupt(folder, signal.SIGINT, 130)
        interrupt(folder, signal.SIGTERM, 143)
        progress()
        evaluate(folder)
        look(folder)
        modes(folder)
        profile()
        export(folder)
        check_examples()
        verify()
        rewrites(folder)
        render(folder)
    tables()
    data()
    links()
    full_disk()
    train_until_accurate()
    print(f"1..{done}")
    return 1 if failed else 0


sys.exit(main())
