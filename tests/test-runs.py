#!/usr/bin/python3
# Runs on disk: what is kept of a run; killed at random moments it goes on to the last bit; branches; early stopping. Prints TAP.
#
# WEFT_RUN_KILLS says how many times runs are killed (12; 50 take two minutes), WEFT_SEED which moments.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
CLI = os.path.join(os.environ.get("WEFT_BUILD_DIR", os.path.join(ROOT, "build")), "app", "weft-cli")
EXAMPLES = os.path.join(ROOT, "data", "examples")
ENV = dict(os.environ, LC_ALL="C.UTF-8", WEFT_DATA_DIR=os.path.join(ROOT, "data"))
KILLS = int(os.environ.get("WEFT_RUN_KILLS", "12"))
SECONDS = 300

# What a checkpoint must hold: rules with state, dropout, a schedule, clipping.
KINDS = [
    ("adam", "digits-mlp", {"rule": "adam", "schedule": "cosine"}),
    ("momentum", "digits-mlp", {"rule": "momentum", "rate": 0.02, "clip_total_norm": 1}),
    ("dropout", "iris", {"rule": "rmsprop", "schedule": "step"}),
    ("plateau", "digits-mlp", {"schedule": "plateau", "knobs": {"factor": 0.5, "patience": 0, "cooldown": 1}}),
    ("file", "iris", {"rule": "adam", "schedule": "cosine"}),
    ("no data", "gaussian-process", {}),
]

done = failed = 0


def case(name, problem):
    global done, failed
    done += 1
    print(f"{'not ok' if problem else 'ok'} {done} - {name}")
    for line in str(problem or "").splitlines()[:30]:
        print(f"# {line}")
    failed += bool(problem)
    sys.stdout.flush()


def run(*args):
    return subprocess.run([CLI, *map(str, args)], capture_output=True, text=True, env=ENV, timeout=SECONDS)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def copy(folder, example, training, name="model"):
    """The example with other training settings, in a folder of its own; dropout before its loss where it has a hidden layer."""
    with open(os.path.join(EXAMPLES, example + ".weft"), encoding="utf-8") as f:
        document = json.load(f)
    document["training"].update(training)
    path = os.path.join(folder, name + ".weft")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(document, f)
    return path


def test_relative(folder):
    """A document whose data lie beside it: the copy of it that its run keeps finds them too."""
    shutil.copy(os.path.join(ROOT, "data", "datasets", "iris", "iris.csv"), folder)
    path = copy(folder, "iris", {"epochs": 1}, "beside")
    with open(path, encoding="utf-8") as f:
        document = json.load(f)
    for node in document["nodes"]:
        if node["op"] == "dataset":
            with open(os.path.join(ROOT, "data", "datasets", "iris", "dataset.json"), encoding="utf-8") as f:
                node["params"] = json.load(f)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(document, f)
    trained = run("train", path, "--keep")
    opened = run("eval", os.path.join(folder, "beside.runs", "0001", "document.weft"))
    case("/runs/relative", trained.stderr if trained.returncode else opened.stderr if opened.returncode else "")


def with_dropout(path):
    """A dropout card in the first wire that leaves a dense card with an activation."""
    with open(path, encoding="utf-8") as f:
        document = json.load(f)
    dense = [n["id"] for n in document["nodes"] if n["op"] == "dense"]
    wire = next(w for w in document["wires"] if w.split(".")[0] in dense)
    source, target = wire.split(" -> ")
    document["nodes"].append({"id": "drop", "op": "dropout", "params": {"rate": 0.3}, "at": [0, 0]})
    document["wires"] = [w for w in document["wires"] if w != wire] + [f"{source} -> drop.x", f"drop.y -> {target}"]
    with open(path, "w", encoding="utf-8") as f:
        json.dump(document, f)


def with_file(folder, path):
    """Its data set is a CSV file beside the document."""
    shipped = os.path.join(ROOT, "data", "datasets", "iris")
    with open(os.path.join(shipped, "dataset.json"), encoding="utf-8") as f:
        params = json.load(f)
    for name in os.listdir(shipped):
        if name.endswith(".csv"):
            shutil.copy(os.path.join(shipped, name), folder)
    with open(path, encoding="utf-8") as f:
        document = json.load(f)
    next(n for n in document["nodes"] if n["op"] == "dataset")["params"] = params
    with open(path, "w", encoding="utf-8") as f:
        json.dump(document, f)


def log_of(folder):
    """The log without what the clock says."""
    lines = []
    with open(os.path.join(folder, "log.jsonl"), encoding="utf-8") as f:
        for line in f:
            event = json.loads(line)
            for key in ("time_s", "steps_per_s", "peak_bytes"):
                event.pop(key, None)
            lines.append(event)
    return lines


def metadata_free(path):
    """A checkpoint's arrays, and of its metadata what no clock decides."""
    data = read(path)
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    about = {k: v for k, v in header.pop("__metadata__").items() if not k.endswith("time_s")}
    return about, header, data[8 + size:]


def stamp(path):
    try:
        return os.stat(path).st_mtime_ns
    except FileNotFoundError:
        return 0


def kill_one(call, checkpoint, rng):
    """Starts the run, waits until it has written a checkpoint, and kills it a random moment later. False: it had ended."""
    before = stamp(checkpoint)
    process = subprocess.Popen([CLI, *call], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENV)
    end = time.monotonic() + SECONDS
    while process.poll() is None and stamp(checkpoint) == before and time.monotonic() < end:
        time.sleep(0.002)
    time.sleep(rng.uniform(0, 0.25))
    killed = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return killed


def killed_run(folder, name, path, steps, kills, rng):
    """Kills a run again and again and lets it end: its folder and how often it was killed."""
    kept = os.path.join(folder, f"{os.path.basename(path)[:-5]}.runs", "0001")
    checkpoint = os.path.join(kept, "checkpoint.safetensors")
    first = ["train", path, "--steps", str(steps), "--threads", "1", "--log-every", "1", "--keep"]
    n = int(kill_one(first, checkpoint, rng))
    again = ["train", path, "--steps", str(steps), "--threads", "1", "--log-every", "1", "--resume", kept]
    while n < kills and kill_one(again, checkpoint, rng):
        n += 1
    result = run(*again)
    return kept, n, result.stderr if result.returncode else ""


def differences(whole, killed):
    if log_of(whole) != log_of(killed):
        a, b = log_of(whole), log_of(killed)
        first = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
        return f"the logs differ from line {first + 1} on ({len(a)} and {len(b)} lines):\n{a[first:first + 1]}\n{b[first:first + 1]}"
    for name in ("checkpoint.safetensors", "best.safetensors"):
        a, b = os.path.join(whole, name), os.path.join(killed, name)
        if os.path.exists(a) != os.path.exists(b):
            return f"{name}: only one run has it"
        if os.path.exists(a) and metadata_free(a) != metadata_free(b):
            return f"{name}: the checkpoints differ"
    return ""


def test_kills(folder):
    rng = random.Random(int(os.environ.get("WEFT_SEED", "5")))
    total = 0
    for i, (name, example, training) in enumerate(KINDS):
        wanted = (KILLS - total + len(KINDS) - i - 1) // (len(KINDS) - i)
        home = os.path.join(folder, f"kill-{i}")
        os.mkdir(home)
        path = copy(home, example, training)
        if name == "dropout":
            with_dropout(path)
        if name == "file":
            with_file(home, path)
        # As many steps as take several checkpoints, whatever the machine does.
        timed = run("train", path, "--steps", 400, "--threads", 1, "--json")
        speed = json.loads(timed.stdout.splitlines()[-1]).get("steps_per_s", 1000) if timed.returncode == 0 else 1000
        steps = int(speed * (wanted * 0.5 + 2))
        killed, n, problem = killed_run(home, name, path, steps, wanted, rng)
        shutil.move(os.path.dirname(killed), os.path.join(home, "killed"))
        result = run("train", path, "--steps", steps, "--threads", 1, "--log-every", 1, "--keep")
        problem = problem or (result.stderr if result.returncode else "")
        problem = problem or differences(killed, os.path.join(home, "killed", "0001"))
        case(f"/runs/killed/{name.replace(' ', '-')} ({n} times in {steps} steps)", problem)
        total += n
    case(f"/runs/killed/{KILLS}-times", "" if total >= KILLS else f"only {total} times: the runs ended before")


def runs_of(path):
    return json.loads(run("runs", path, "--json").stdout)


def test_kept(folder):
    path = copy(folder, "digits-mlp", {}, "kept")
    result = run("train", path, "--epochs", 6, "--keep")
    kept = os.path.join(folder, "kept.runs", "0001")
    one = runs_of(path)[0]
    case("/runs/kept/record", "" if one["state"] == "finished" and one["step"] > 0 and "validation" in one and "test" in one
         and one["seed"] == 1 else f"{result.stderr}\n{one}")
    case("/runs/kept/files", "" if set(os.listdir(kept)) == {"run.json", "document.weft", "log.jsonl", "checkpoint.safetensors",
                                                              "best.safetensors", "checkpoints"} else os.listdir(kept))
    best = min((json.loads(line) for line in open(os.path.join(kept, "log.jsonl")) if '"epoch", ' in line or '"event": "epoch"' in line),
               key=lambda e: e["validation"]["loss"])
    about = metadata_free(os.path.join(kept, "best.safetensors"))[0]
    case("/runs/kept/best-epoch", "" if float(about["weft.best"]) == best["validation"]["loss"] else f"{about}\n{best}")
    return path, kept


def test_branch(folder, path, kept):
    step = runs_of(path)[0]["checkpoints"][0]
    result = run("train", path, "--resume", kept, "--keep", "--at", step, "--set", "training.batch=10", "--epochs", 7)
    branch = runs_of(path)[-1]
    case("/runs/branch/ran", result.stderr if result.returncode else "")
    case("/runs/branch/parent", "" if (branch.get("parent"), branch.get("parent_step")) == (1, step) else f"{result.stderr}\n{branch}")
    first = log_of(branch["folder"])[0]
    case("/runs/branch/goes-on-from-there", "" if first["step"] > step else first)
    refused = run("train", path, "--resume", kept, "--keep", "--at", 999999)
    case("/runs/branch/no-such-checkpoint", "" if refused.returncode == 1 and "999999" in refused.stderr else refused.stderr)
    refused = run("train", path, "--resume", kept, "--at", step)
    case("/runs/branch/at-needs-keep", "" if refused.returncode == 2 and "--keep" in refused.stderr else refused.stderr)


def test_delete(path):
    n = len(runs_of(path))
    result = run("runs", path, "--delete", 1)
    case("/runs/delete", "" if result.returncode == 0 and len(runs_of(path)) == n - 1 else result.stderr)
    result = run("runs", path, "--delete", 77)
    case("/runs/delete/none", "" if result.returncode == 2 and "77" in result.stderr else result.stderr)


def test_damaged(folder):
    path = copy(folder, "iris", {}, "damaged")
    run("train", path, "--steps", 5, "--keep")
    kept = os.path.join(folder, "damaged.runs", "0001")
    for name, text in (("cut", '{"format": "weft-run", "ver'), ("other", "[]"), ("newer", '{"format": "weft-run", "version": 9}'), ("empty", "")):
        with open(os.path.join(kept, "run.json"), "w", encoding="utf-8") as f:
            f.write(text)
        listed = run("runs", path, "--json")
        problem = json.loads(listed.stdout)[0].get("problem", "") if listed.returncode == 0 else listed.stderr
        case(f"/runs/damaged/{name}", "" if "run.json" in problem else f"no problem told: {problem}")
    result = run("train", path, "--steps", 5, "--keep")
    case("/runs/damaged/next-number", "" if os.path.isdir(os.path.join(folder, "damaged.runs", "0002")) else result.stderr)


def test_two_at_once(folder):
    path = copy(folder, "digits-mlp", {}, "twice")
    kept = os.path.join(folder, "twice.runs", "0001")
    process = subprocess.Popen([CLI, "train", path, "--steps", "100000000", "--keep"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=ENV)
    end = time.monotonic() + SECONDS
    while not os.path.exists(os.path.join(kept, "checkpoint.safetensors")) and time.monotonic() < end:
        time.sleep(0.01)
    case("/runs/lock/state", "" if runs_of(path)[0]["state"] == "running" else runs_of(path))
    second = run("train", path, "--steps", 5, "--resume", kept)
    case("/runs/lock/one-trainer", "" if second.returncode != 0 and "another program" in second.stderr else second.stderr)
    removed = run("runs", path, "--delete", 1)
    case("/runs/lock/not-deleted", "" if removed.returncode != 0 and os.path.isdir(kept) else removed.stderr)
    process.kill()
    process.wait()
    case("/runs/lock/interrupted", "" if runs_of(path)[0]["state"] == "interrupted" else runs_of(path))


def test_early(folder):
    path = copy(folder, "digits-mlp", {"rate": 0.02, "early_stopping": {"patience": 3, "metric": "loss"}}, "early")
    log = os.path.join(folder, "early.jsonl")
    result = run("train", path, "--epochs", 400, "--log", log, "--save", os.path.join(folder, "early.safetensors"))
    events = [json.loads(line) for line in open(log, encoding="utf-8")] if os.path.exists(log) else []
    losses = [e["validation"]["loss"] for e in events if e["event"] == "epoch"]
    ended = events[-1] if events else {}
    best = losses.index(min(losses)) + 1 if losses else 0
    case("/runs/early/reason", "" if ended.get("reason") == "early" else f"{result.stderr}{ended}")
    case("/runs/early/patience", "" if len(losses) == best + 3 else f"best epoch {best} of {len(losses)}: {losses}")
    shorter = copy(folder, "digits-mlp", {"rate": 0.02}, "shorter")
    run("train", shorter, "--epochs", best, "--save", os.path.join(folder, "shorter.safetensors"))
    same = metadata_free(os.path.join(folder, "early.safetensors"))[2] == metadata_free(os.path.join(folder, "shorter.safetensors"))[2]
    case("/runs/early/best-restored", "" if same else "the parameters are not those of the best epoch")
    for name, bad, word in (("metric", {"metric": "speed"}, "speed"), ("member", {"patiance": 3}, "patiance"),
                            ("patience", {"patience": -1}, "patience"), ("better", {"better": "more"}, "more")):
        wrong = run("train", copy(folder, "iris", {"early_stopping": bad}, "wrong"), "--steps", 1)
        case(f"/runs/early/wrong-{name}", "" if wrong.returncode == 1 and word in wrong.stderr else wrong.stderr)


def test_tidy(folder):
    """A limit that spares what was named and what has branches; titles."""
    path = copy(folder, "iris", {}, "tidy")
    for _ in range(4):
        run("train", path, "--steps", 5, "--keep")
    run("train", path, "--steps", 8, "--keep", "--resume", os.path.join(folder, "tidy.runs", "0002"))
    result = run("runs", path, "--rename", 1, "--title", "the first")
    case("/runs/rename", "" if runs_of(path)[0]["title"] == "the first" else result.stderr)
    result = run("runs", path, "--prune", 1, "--dry-run")
    case("/runs/prune/dry", "" if "2 runs" in result.stderr and len(runs_of(path)) == 5 else result.stderr)
    run("runs", path, "--prune", 1)
    left = [one["run"] for one in runs_of(path)]
    case("/runs/prune/left", "" if left == [1, 2, 5] else left)


def parameters(run_folder):
    return metadata_free(os.path.join(run_folder, "checkpoint.safetensors"))[2]


def test_sweep(folder):
    """All combinations, each as if it had been trained alone; draws; killed on the way; what cannot be."""
    path = copy(folder, "iris", {"epochs": 4}, "sweep")
    swept = os.path.join(folder, "sweep.runs")
    result = run("sweep", path, "--over", "training.rate=0.01..0.1 log in 2", "--over", "hidden.units=4, 8", "--at-once", 2, "--json")
    rows = json.loads(result.stdout) if result.returncode == 0 else []
    settings = {(one["settings"]["training.rate"], one["settings"]["hidden.units"]) for one in rows}
    case("/runs/sweep/grid", "" if settings == {(0.01, 4), (0.01, 8), (0.1, 4), (0.1, 8)} else f"{result.stderr}{settings}")
    losses = [one["validation"]["loss"] for one in rows]
    case("/runs/sweep/best-first", "" if losses and losses == sorted(losses) else losses)
    run("train", path, "--set", "training.rate=0.01", "--set", "hidden.units=8", "--keep")
    same = parameters(os.path.join(swept, "0002")) == parameters(os.path.join(swept, "0005"))
    case("/runs/sweep/as-alone", "" if same else "a run of the sweep has other parameters than the same one alone")
    for name, over, word in (("setting", "hidden.unit=4", "units"), ("value", "training.rate=-1", "rate"), ("range", "training.rate=3..1", "LOW..HIGH"),
                             ("log", "training.rate=0..1 log", "above 0"), ("words", "training.rate=1..2 lin", "lin"), ("nothing", "training.rate=,", "values")):
        wrong = run("sweep", path, "--over", over)
        case(f"/runs/sweep/wrong-{name}", "" if wrong.returncode in (1, 2) and word in wrong.stderr else f"{wrong.returncode} {wrong.stderr}")
    case("/runs/sweep/none-made", "" if len(runs_of(path)) == 5 else runs_of(path))


def test_sweep_killed(folder):
    """Killed while several runs are trained, a sweep ends as one that was not."""
    rng = random.Random(3)
    paths = [copy(folder, "digits-mlp", {"epochs": 60}, name) for name in ("whole", "cut")]
    call = ["--over", "training.rate=0.001..0.01", "--random", 3, "--seed", 7]
    result = run("sweep", paths[0], *call)
    case("/runs/sweep/whole", result.stderr if result.returncode else "")
    run("sweep", paths[1], *call, "--queue")
    case("/runs/sweep/queued", "" if [one["state"] for one in runs_of(paths[1])] == ["queued"] * 3 else runs_of(paths[1]))
    n = 0
    for number in (1, 2, 3):
        checkpoint = os.path.join(folder, "cut.runs", f"{number:04}", "checkpoint.safetensors")
        n += kill_one(["sweep", paths[1], "--go-on", "--at-once", "2"], checkpoint, rng)
    result = run("sweep", paths[1], "--go-on", "--at-once", 2)
    problem = result.stderr if result.returncode else ""
    for number in (1, 2, 3):
        a, b = (os.path.join(folder, f"{name}.runs", f"{number:04}") for name in ("whole", "cut"))
        problem = problem or differences(a, b)
    case(f"/runs/sweep/killed ({n} times)", problem)
    case("/runs/sweep/killed/often", "" if n >= 2 else f"killed {n} times only")


def test_report(folder):
    """The page of a run says what its model takes for what, or how far its numbers are off."""
    for example, heading, row in (("iris", "Confusion", "setosa"), ("auto-mpg", "Predictions", "<circle")):
        path = copy(folder, example, {}, f"report-{example}")
        page = os.path.join(folder, f"{example}.html")
        run("train", path, "--keep", "--epochs", 5)
        result = run("report", os.path.join(folder, f"report-{example}.runs", "0001"), "-o", page)
        text = open(page, encoding="utf-8").read() if os.path.exists(page) else result.stderr
        missing = [word for word in (f"<h2>{heading}</h2>", row, "<h2>Graph</h2>", "<h2>Surroundings</h2>") if word not in text]
        case(f"/runs/report/{example}", missing and f"the report does not say {missing}")


with tempfile.TemporaryDirectory() as folder:
    test_report(folder)
    test_relative(folder)
    model, kept_folder = test_kept(folder)
    test_branch(folder, model, kept_folder)
    test_delete(model)
    test_damaged(folder)
    test_two_at_once(folder)
    test_early(folder)
    test_tidy(folder)
    test_sweep(folder)
    test_sweep_killed(folder)
    test_kills(folder)
print(f"1..{done}")
sys.exit(failed > 0)
