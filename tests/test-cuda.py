#!/usr/bin/python3
"""The CUDA device behind a driver that is not there: a library of that name runs kernels on the CPU (fake-cuda.c).

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

BUILD = os.environ["WEFT_BUILD_DIR"]
DATA = os.environ["WEFT_DATA_DIR"]
FAKE = os.path.join(BUILD, "tests", "libfake-cuda.so")
EXAMPLES = ["linear-regression", "iris", "digits-mlp", "char-rnn", "mnist-softmax"]
CACHE = tempfile.mkdtemp(prefix="weft-cuda-")
n_done = 0
n_failed = 0


def weft(folder, *arguments, **environment):
    """weft-cli with the libraries of @folder (None: none) in front of others."""
    env = dict(os.environ, XDG_CACHE_HOME=CACHE, **environment) if "XDG_CACHE_HOME" not in environment else dict(os.environ, **environment)
    if folder is not None:
        env["LD_LIBRARY_PATH"] = folder
    return subprocess.run([os.path.join(BUILD, "app", "weft-cli"), *arguments], env=env, capture_output=True, text=True)


def check(name, good, why=""):
    global n_done, n_failed
    n_done += 1
    n_failed += not good
    print(f"{'ok' if good else 'not ok'} {n_done} {name}{'' if good else ' # ' + why}", flush=True)


def last_loss(folder, example, device, *arguments, **environment):
    """(exit code, the losses of the log, the messages)"""
    with tempfile.TemporaryDirectory() as place:
        log = os.path.join(place, "log")
        done = weft(folder, "train", os.path.join(DATA, "examples", example + ".weft"), "--steps", "4", "--seed", "3",
                    "--log-every", "1", "--log", log, "--device", device, *arguments, **environment)
        losses = []
        if os.path.exists(log):
            with open(log) as lines:
                losses = [x["train"]["loss"] for x in map(json.loads, lines) if x.get("event") == "step"]
        return done.returncode, losses, done.stderr


def has_driver():
    try:
        ctypes.CDLL("libcuda.so.1")
        return True
    except OSError:
        return False


def test_none():
    """Without a driver."""
    done = weft(None, "devices")
    check("devices/none", done.returncode == 0 and "cuda     none: " in done.stdout, done.stdout)
    done = weft(None, "eval", "-e", "1 + 1", "--device", "cuda")
    check("eval/none", done.returncode == 3 and "use the CPU" in done.stderr, done.stderr)


def test_nonsense():
    done = weft(None, "eval", "-e", "1 + 1", "--device", "gpu")
    check("eval/nonsense", done.returncode == 2 and "“gpu”" in done.stderr, done.stderr)


def test_devices(folder):
    done = weft(folder, "devices", "--json")
    devices = json.loads(done.stdout)["devices"]
    check("devices/json", [x["device"] for x in devices] == ["cpu", "cuda:0"], done.stdout)
    check("devices/text", "Imagined GPU" in weft(folder, "devices").stdout)
    done = weft(folder, "eval", "-e", "1 + 1", "--device", "cuda:1")
    check("eval/number", done.returncode == 3 and "number 1" in done.stderr, done.stderr)


def test_training(folder):
    for example in EXAMPLES:
        code, losses, said = last_loss(folder, example, "cuda")
        code_cpu, losses_cpu, _ = last_loss(folder, example, "cpu")
        near = len(losses) == 4 and all(abs(x - y) <= 1e-4 * max(1, abs(x)) for x, y in zip(losses, losses_cpu))
        check("train/" + example, code == 0 and code_cpu == 0 and near, f"{code} {losses} {losses_cpu} {said}")


# shapes of x, w and y, the rest of the call, and how many cuDNN does
CONVOLUTIONS = [
    ("(2, 8, 3)", "(2, 3, 4)", "(2, 7, 4)", "", 1),
    ("(2, 7, 6, 3)", "(3, 3, 3, 4)", "(2, 7, 6, 4)", ", padding='same'", 1),
    ("(1, 7, 6, 4)", "(3, 3, 2, 6)", "(1, 5, 4, 6)", ", stride=2, padding='full', groups=2", 1),
    ("(1, 7, 7, 3)", "(3, 3, 1, 3)", "(1, 5, 5, 3)", ", groups=3, dilation=2, pads=1", 1),
    ("(1, 3, 4, 3, 2)", "(2, 2, 2, 2, 3)", "(1, 2, 3, 2, 3)", "", 1),
    ("(1, 3, 4, 2)", "(2, 2, 2, 3)", "(1, 3, 4, 3)", ", padding='same'", 0),  # one side is padded more
]


def numbers(text):
    return [float(x) for x in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", text)]


def test_convolutions(folder):
    for number, (x, w, y, how, n) in enumerate(CONVOLUTIONS):
        for what, text in (("y", f"conv(x, w{how})"), ("x", f"conv_input_grad(y, w, shape={x}{how})"),
                           ("w", f"conv_weight_grad(x, y, shape={w}{how})")):
            given = f"x = normal({x}, seed=1); w = normal({w}, seed=2); y = normal({y}, seed=3)"
            call = ["eval", "-e", f"{given}; {text}"]
            on_cpu = weft(folder, *call)
            done = weft(folder, *call, "--device", "cuda", WEFT_FAKE_COUNT="1")
            a, b = numbers(on_cpu.stdout), numbers(done.stdout)
            near = len(a) == len(b) > 0 and all(abs(x - y) <= 1e-4 * max(1, abs(x)) for x, y in zip(a, b))
            check(f"conv/{number}/{what}", done.returncode == 0 and near and f"convolutions: {n}\n" in done.stderr,
                  f"{on_cpu.stdout} {on_cpu.stderr} {done.stdout} {done.stderr}")


def test_modes(folder):
    code, losses, said = last_loss(folder, "digits-mlp", "cuda", "--mode", "compare")
    check("train/compare", code == 0 and len(losses) == 4, f"{code} {said}")
    code, losses, said = last_loss(folder, "digits-mlp", "cuda", "--guard", "1e-6")
    check("train/guard", code == 1 and not losses and "it is the first" in said, f"{code} {losses} {said}")


def test_auto(folder):
    code, losses, said = last_loss(folder, "digits-mlp", "auto")
    _, on_cpu, _ = last_loss(folder, "digits-mlp", "cpu")
    check("train/auto", code == 0 and losses == on_cpu and "Training on CPU (Imagined GPU: " in said, f"{code} {losses} {said}")
    if not has_driver():
        code, losses, said = last_loss(None, "digits-mlp", "auto")
        check("train/auto-none", code == 0 and losses == on_cpu and not said, f"{code} {losses} {said}")


def count(said, what):
    found = re.search(rf"^{what}: (\d+)$", said, re.MULTILINE)
    return int(found.group(1)) if found else -1


def test_capture(folder):
    """Steps replayed as graphs give the bits of steps launched one by one."""
    for example in EXAMPLES:
        code, losses, said = last_loss(folder, example, "cuda", WEFT_FAKE_COUNT="1")
        alone, expected, said_alone = last_loss(folder, example, "cuda", "--no-capture", WEFT_FAKE_COUNT="1")
        good = code == 0 and alone == 0 and losses == expected and count(said, "replays") > 0 and count(said_alone, "replays") == 0
        check("capture/" + example, good, f"{code} {alone} {losses} {expected} {said} {said_alone}")


def test_cache(folder):
    """Kernels are compiled once; a file that is damaged is made again."""
    with tempfile.TemporaryDirectory() as cache:
        told = {"XDG_CACHE_HOME": cache, "WEFT_FAKE_COUNT": "1"}
        _, losses, said = last_loss(folder, "digits-mlp", "cuda", **told)
        check("cache/first", count(said, "compilations") > 0, said)
        code, again, said = last_loss(folder, "digits-mlp", "cuda", **told)
        check("cache/second", code == 0 and again == losses and count(said, "compilations") == 0, said)
        files = [os.path.join(cache, "weft", "cuda", name) for name in os.listdir(os.path.join(cache, "weft", "cuda"))]
        for path in files:
            with open(path, "r+b") as file:
                file.seek(-20, os.SEEK_END)
                file.write(b"x")
        code, again, said = last_loss(folder, "digits-mlp", "cuda", **told)
        check("cache/damaged", code == 0 and again == losses and count(said, "compilations") == len(files), said)


def test_failures(folder):
    code, _, said = last_loss(folder, "digits-mlp", "cuda", WEFT_FAKE_BYTES="20000")
    check("train/full", code == 1 and "Imagined GPU" in said and "make the batch smaller" in said, f"{code} {said}")
    code, losses, said = last_loss(folder, "digits-mlp", "cuda", WEFT_FAKE_FAULT="30")
    with tempfile.TemporaryDirectory() as place:
        code, _, said = last_loss(folder, "digits-mlp", "cuda", "--checkpoint", place, WEFT_FAKE_FAULT="30")
        check("train/fault-saved", code == 1 and os.path.exists(os.path.join(place, "checkpoint.safetensors")), f"{code} {said}")
        code, losses, said = last_loss(folder, "digits-mlp", "cpu", "--resume", place)
        check("train/fault-resumed", code == 0 and len(losses) >= 3, f"{code} {losses} {said}")
    code, losses, said = last_loss(folder, "digits-mlp", "cuda", WEFT_FAKE_FAULT="30")
    check("train/fault", code == 1 and "illegal memory access" in said and len(losses) < 4, f"{code} {said}")


def main():
    test_nonsense()
    if not has_driver():
        test_none()
    if os.path.exists(FAKE):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("libcuda.so.1", "libnvrtc.so.13", "libcublas.so.13", "libcudnn.so.9"):
                os.symlink(FAKE, os.path.join(folder, name))
            test_devices(folder)
            test_training(folder)
            test_convolutions(folder)
            test_modes(folder)
            test_capture(folder)
            test_cache(folder)
            test_auto(folder)
            test_failures(folder)
    else:
        print("# the rest is skipped: built without CUDA's headers, or with sanitizers", flush=True)
    shutil.rmtree(CACHE)
    print(f"1..{n_done}")
    return 1 if n_failed else 0


sys.exit(main())
