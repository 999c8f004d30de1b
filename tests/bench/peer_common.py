"""What the Python peers of the bench share: the works, numbers from the same bits as everybody's, and the worker's lines.

A peer is a process that answers "run N" with {"wall_s", "cpu_s", "loss"} and "quit" with its memory, after it has said
{"ready": true, ...} with the losses of the first and the tenth step. All start from splitmix64, so losses compare.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import argparse
import json
import math
import os
import resource
import sys
import time

import numpy as np

N_BATCHES = 8

WORKS = {
    "W1_b60": dict(kind="mlp", sizes=[784, 10], act="tanh", batch=60, rule="sgd", rate=0.1),
    "W1_b600": dict(kind="mlp", sizes=[784, 10], act="tanh", batch=600, rule="sgd", rate=0.1),
    "W8_logreg1": dict(kind="mlp", sizes=[784, 10], act="tanh", batch=1, rule="sgd", rate=0.1),
    "W2a": dict(kind="mlp", sizes=[784, 500, 10], act="tanh", batch=60, rule="sgd", rate=0.1),
    "W2b": dict(kind="mlp", sizes=[784, 1024, 1024, 10], act="relu", batch=256, rule="adam", rate=1e-3),
    "W3_b64": dict(kind="lenet", batch=64, rule="momentum", rate=0.01),
    "W3_b500": dict(kind="lenet", batch=500, rule="momentum", rate=0.01),
    "W4_lstm": dict(kind="lstm", words=10000, units=200, layers=2, steps=20, batch=20, rule="sgd", rate=0.5),
    "W4_gru": dict(kind="gru", words=65, units=128, layers=1, steps=50, batch=32, rule="sgd", rate=0.5),
    "W5_gpt": dict(kind="gpt", words=65, width=128, layers=4, heads=4, steps=64, batch=16, rule="adamw", rate=1e-3),
    "W6_chain": dict(kind="chain", n=10_000_000, gradients=False),
    "W6_grad": dict(kind="chain", n=10_000_000, gradients=True),
    "W7_rnn": dict(kind="rnn", steps=1000, units=64, train=True, rate=0.01),
    "W7_fwd": dict(kind="rnn", steps=1000, units=64, train=False, rate=0.01),
    "W8_scalar": dict(kind="scalar"),
    "softmax": dict(kind="softmax", rows=8192, n=10000),
}


# ---- Numbers ----


def unit(seed, shape):
    """splitmix64 of (seed << 32) + i, its top 24 bits: [0, 1)."""
    n = int(np.prod(shape)) if shape else 1
    with np.errstate(over="ignore"):
        z = (np.arange(n, dtype=np.uint64) + np.uint64((seed << 32) + 1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.float32) * np.float32(1.0 / (1 << 24))).reshape(shape)


def around(seed, shape, scale):
    return ((unit(seed, shape) * np.float32(2) - np.float32(1)) * np.float32(scale)).astype(np.float32)


def whole(seed, shape, k):
    return np.minimum((unit(seed, shape) * np.float32(k)).astype(np.int64), k - 1)


def zeros(*shape):
    return np.zeros(shape, np.float32)


def ones(*shape):
    return np.ones(shape, np.float32)


def glorot(fan_in, fan_out):
    return math.sqrt(6.0 / (fan_in + fan_out))


def mlp_numbers(work):
    """x [8, batch, 784], labels, and weights [in, out] and bias of each layer."""
    sizes, batch, parameters = work["sizes"], work["batch"], []
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        parameters += [around(100 + i, (a, b), glorot(a, b)), zeros(b)]
    return unit(1, (N_BATCHES, batch, sizes[0])), whole(2, (N_BATCHES, batch), sizes[-1]), parameters


def lenet_numbers(work):
    """Pictures [8, batch, 1, 28, 28]; windows [out, in, 5, 5]."""
    batch = work["batch"]
    parameters = [
        around(100, (20, 1, 5, 5), glorot(25, 125)), zeros(20),
        around(101, (50, 20, 5, 5), glorot(500, 312.5)), zeros(50),
        around(102, (800, 500), glorot(800, 500)), zeros(500),
        around(103, (500, 10), glorot(500, 10)), zeros(10),
    ]
    return unit(1, (N_BATCHES, batch, 1, 28, 28)), whole(2, (N_BATCHES, batch), 10), parameters


def recurrent_numbers(work):
    """Words [8, steps, batch]; the table; of each layer Wx, Wh, bx, bh (gates side by side); the last weights and bias."""
    gates = (4 if work["kind"] == "lstm" else 3) * work["units"]
    shape = (N_BATCHES, work["steps"], work["batch"])
    parameters = [around(100, (work["words"], work["units"]), 0.1)]
    for i in range(work["layers"]):
        seed = 110 + 4 * i
        parameters += [around(seed, (work["units"], gates), 0.1), around(seed + 1, (work["units"], gates), 0.1),
                       around(seed + 2, (gates,), 0.1), around(seed + 3, (gates,), 0.1)]
    parameters += [around(150, (work["units"], work["words"]), 0.1), zeros(work["words"])]
    return whole(1, shape, work["words"]), whole(2, shape, work["words"]), parameters


def gpt_numbers(work):
    """Letters [8, batch, steps]; tables of letters and places; twelve arrays a block; the last norm and weights."""
    d, scale = work["width"], 0.02 * math.sqrt(3)
    shape = (N_BATCHES, work["batch"], work["steps"])
    parameters = [around(100, (work["words"], d), scale), around(101, (work["steps"], d), scale)]
    for i in range(work["layers"]):
        seed = 110 + 10 * i
        parameters += [ones(d), zeros(d), around(seed, (d, 3 * d), scale), zeros(3 * d),
                       around(seed + 1, (d, d), scale), zeros(d), ones(d), zeros(d),
                       around(seed + 2, (d, 4 * d), scale), zeros(4 * d), around(seed + 3, (4 * d, d), scale), zeros(d)]
    parameters += [ones(d), zeros(d), around(190, (d, work["words"]), scale)]
    return whole(1, shape, work["words"]), whole(2, shape, work["words"]), parameters


def rnn_numbers(work):
    """x and target [steps, units]; Wx, Wh, bias."""
    steps, units = work["steps"], work["units"]
    parameters = [around(100, (units, units), 0.1), around(101, (units, units), 0.1), zeros(units)]
    return around(1, (steps, units), 1), around(2, (steps, units), 0.5), parameters


def chain_numbers(work):
    return [around(10 + i, (work["n"],), 2) for i in range(4)]


def softmax_numbers(work):
    return around(1, (work["rows"], work["n"]), 4), whole(2, (work["rows"],), work["n"])


# ---- The worker ----


def peak_mb(who=resource.RUSAGE_SELF):
    return round(resource.getrusage(who).ru_maxrss / 1024.0, 1)


def cpu_seconds():
    total = 0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    return total


def say(**row):
    print(json.dumps(row), flush=True)


def serve(make):
    """make(work, arguments) -> run(n) -> loss of the last of n steps."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workload", required=True, choices=sorted(WORKS))
    parser.add_argument("--peer", default="peer")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--serve", action="store_true")
    arguments = parser.parse_args()
    head = dict(workload=arguments.workload, peer=arguments.peer, threads=arguments.threads)
    base, start, cpu = peak_mb(), time.perf_counter(), cpu_seconds()
    try:
        run = make(WORKS[arguments.workload], arguments)
        first = run(1)
        seconds, cpu = time.perf_counter() - start, cpu_seconds() - cpu
        run(8)
        tenth = run(1)
    except Exception as error:  # what a peer cannot do it says
        if os.environ.get("PEERS_TRACE"):
            raise
        say(**head, error=type(error).__name__ + ": " + str(error)[:300])
        return
    say(ready=True, **head, compile_s=seconds, compile_cpu_s=cpu, loss1=first, loss10=tenth, base_mb=base, rss_mb=peak_mb())
    for line in sys.stdin:
        words = line.split()
        if words[:1] != ["run"]:
            break
        cpu, start = cpu_seconds(), time.perf_counter()
        loss = run(int(words[1]))
        seconds = time.perf_counter() - start
        say(wall_s=seconds, cpu_s=cpu_seconds() - cpu, loss=loss)
    say(rss_mb=peak_mb(), child_rss_mb=peak_mb(resource.RUSAGE_CHILDREN))


def cycle(step):
    """run(n) of step(i), which takes the batches in turn."""
    at = 0

    def run(n):
        nonlocal at
        for _ in range(n):
            loss = step(at % N_BATCHES)
            at += 1
        return float(loss)

    return run
