#!/usr/bin/python3
"""Weft beside the limit of the machine and beside other libraries: one table.

    peers.py --build BUILD [WORD...] [--quick] [--threads 1,2] [--peers NAME,...] [--rows FILE]

Every row is one work, done by all in turns: a block of one, a block of the next, medians over the rounds, so that what
the machine does meanwhile meets all of them. A block counts if its threads hardly waited for a core; where no block is
like that, 1 thread is measured in processor time and more in the fastest quarter of the blocks, marked ~.

The limit is a program by hand in C (limit*.c). PyTorch is Debian's (python3-torch), by itself and scripted; a newer one,
JAX and PyTensor join where PEERS_TORCH, PEERS_JAX, PEERS_PYTENSOR name a Python that has them. What is not there is
skipped, with a word. WORDs choose rows by their names.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
WAITED = 0.01  # share of a block that its threads may wait for a core
FOREIGN = 0.03  # or share of a core that everybody else may use meanwhile
TICK = os.sysconf("SC_CLK_TCK")
LOSS_TOLERANCE = 1e-5  # float32 sums in another order; what Adam amplifies has its own

# name, work, share of the limit's rate, times as fast as the best PyTorch
ROWS = [
    ("softmax regression 784-10, batch 60", "W1_b60", 0.9, 3.5),
    ("softmax regression 784-10, batch 1", "W8_logreg1", 0.9, 10),
    ("MLP 784-500-10 tanh, batch 60, SGD", "W2a", 0.9, 1.8),
    ("MLP 784-1024-1024-10 relu, batch 256, Adam", "W2b", 0.9, 1.4),
    ("LeNet, batch 64", "W3_b64", 0.9, 2.2),
    ("LeNet, batch 500", "W3_b500", 0.9, 2.2),
    ("LSTM 2x200, 20 steps, batch 20, 10 000 words", "W4_lstm", 0.9, 1.7),
    ("GRU 128, 50 steps, batch 32", "W4_gru", 0.9, 1.7),
    ("transformer, against its products alone", "W5_gpt", 1 / 1.6, 2.2),
    ("plain RNN, 1000 steps, 64 units, batch 1", "W7_rnn", 0.8, 50),
    ("the same, forward only", "W7_fwd", 0.8, None),
    ("sigmoid(a*b+c)*tanh(d), 10 M floats", "W6_chain", 0.9, 10),
    ("its gradients", "W6_grad", 0.9, 10),
    ("softmax + cross-entropy, 8192 x 10000, against a copy", "softmax", 0.8, None),
    ("f(x) = x + 1, scalar, against 1 us", "W8_scalar", 1, None),
]
FIRST_ROWS = [("MLP", "W2a"), ("LSTM", "W4_lstm"), ("transformer", "W5_gpt")]
TRAINING = {"W1_b60", "W2a", "W2b", "W3_b64", "W3_b500", "W4_lstm", "W4_gru", "W5_gpt", "W7_rnn"}
SMALL = {"W1_b60", "W8_logreg1", "W7_rnn", "W7_fwd"}  # where OpenBLAS may beat oneDNN
PYTHONS = {
    "torch": "/usr/bin/python3",
    "torch_jit": "/usr/bin/python3",
    "torch_new": os.environ.get("PEERS_TORCH"),
    "torch_compile": os.environ.get("PEERS_TORCH"),
    "jax": os.environ.get("PEERS_JAX"),
    "pytensor": os.environ.get("PEERS_PYTENSOR"),
}


# ---- Workers ----


def busy_seconds():
    """Of all cores, by /proc/stat."""
    with open("/proc/stat") as stat:
        v = [int(x) for x in stat.readline().split()[1:9]]
    return (sum(v) - v[3] - v[4]) / TICK


def command_of(peer, work, threads, build):
    """argv, or a sentence that says why there is none."""
    options = ["--workload", work, "--peer", peer, "--threads", str(threads), "--serve"]
    folder = os.path.join(build, "tests", "bench")
    if peer.startswith("weft"):
        mode = ["--mode", peer[5:]] if "_" in peer else []
        return [os.path.join(folder, "worker")] + options + mode
    if peer.startswith("limit"):
        program = os.path.join(folder, "limit-lenet" if work.startswith("W3") else "limit")
        blas = ["--blas"] if peer == "limit_blas" else []
        return [program] + options + blas if os.path.exists(program) else "not built"
    python = PYTHONS[peer]
    if python is None:
        return "no Python with it is named"
    script = "peer_" + peer.split("_")[0] + ".py"
    return [python, os.path.join(HERE, script)] + options


def environment(peer, threads):
    env = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads), PYTHONDONTWRITEBYTECODE="1")
    env["GOMP_SPINCOUNT"] = "2000"  # by default a peer's threads would spin into the next one's block
    # Weft has a pool of its own: OpenMP would bind its first thread, and with it all others, to one core.
    if threads > 1 and peer != "weft":
        env.update(OMP_PROC_BIND="close", OMP_PLACES="cores")
    return env


class Worker:
    def __init__(self, peer, work, threads, build):
        self.peer, self.threads, self.blocks, self.n, self.why = peer, threads, [], 1, None
        command = command_of(peer, work, threads, build)
        if isinstance(command, str):
            self.info, self.why = {}, command
            return
        self.process = subprocess.Popen(
            command, env=environment(peer, threads), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=None if os.environ.get("PEERS_TRACE") else subprocess.DEVNULL)
        self.info = self.read() or {"error": "it ended"}
        if not self.info.get("ready"):
            self.why = self.info.get("skipped") or self.info.get("error")

    def read(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        return None

    def ask(self, n):
        self.process.stdin.write(f"run {n}\n")
        self.process.stdin.flush()
        return self.read()

    def waited_seconds(self):
        total, folder = 0, f"/proc/{self.process.pid}/task"
        for task in os.listdir(folder):
            try:
                with open(f"{folder}/{task}/schedstat") as stat:
                    total += int(stat.read().split()[1])
            except OSError:
                pass
        return total * 1e-9

    def block(self, seconds):
        busy, waited, start = busy_seconds(), self.waited_seconds(), time.perf_counter()
        answer = self.ask(self.n)
        wall = time.perf_counter() - start
        waited = (self.waited_seconds() - waited) / wall
        foreign = (busy_seconds() - busy - answer["cpu_s"]) / wall
        self.blocks.append(dict(ms=answer["wall_s"] / self.n * 1e3, cpu_ms=answer["cpu_s"] / self.n * 1e3,
                                clean=waited < WAITED or foreign < FOREIGN))
        self.n = max(1, int(seconds / (answer["wall_s"] / self.n)))

    def clean(self):
        return sum(block["clean"] for block in self.blocks[1:])

    def close(self):
        """Time of a step, and whether it is only nearly right."""
        self.process.stdin.write("quit\n")
        self.process.stdin.flush()
        self.info.update(self.read() or {})
        self.process.wait()
        blocks = self.blocks[1:]  # the first one finds how many steps make a block
        clean = [block["ms"] for block in blocks if block["clean"]]
        if len(clean) >= 3:
            self.ms, self.rough = statistics.median(clean), False
        elif self.threads == 1:
            self.ms, self.rough = statistics.median(block["cpu_ms"] for block in blocks), True
        else:
            walls = sorted(block["ms"] for block in blocks)
            self.ms, self.rough = statistics.median(walls[: max(1, len(walls) // 4)]), True


def run_work(work, peers, threads, arguments):
    """The workers that could do it, each with its time; those that could not are told."""
    workers = [Worker(peer, work, threads, arguments.build) for peer in peers]
    for worker in workers:
        if worker.why is not None:
            arguments.skipped.setdefault(worker.peer, {})[worker.why] = True
    workers = [worker for worker in workers if worker.why is None]
    end = time.perf_counter() + arguments.limit_s
    for r in range(arguments.rounds * 20 + 1):
        k = r % max(1, len(workers))
        todo = [w for w in workers[k:] + workers[:k] if r <= arguments.rounds or w.clean() < arguments.rounds]
        if not todo or (time.perf_counter() > end and r > arguments.rounds):
            break
        for worker in todo:
            worker.block(arguments.block_s)
    for worker in workers:
        worker.close()
    return {worker.peer: worker for worker in workers}


# ---- Tables ----


def show(worker):
    if worker is None:
        return "-"
    unit, scale = ("us", 1e3) if worker.ms < 0.1 else ("ms", 1)
    return f"{'~' if worker.rough else ''}{worker.ms * scale:.3g} {unit}"


def best(workers, names):
    found = [workers[name] for name in names if name in workers]
    return min(found, key=lambda worker: worker.ms, default=None)


def judge(value, bar):
    return "" if bar is None or value is None else "yes" if value >= bar else "no"


def loss_of(workers, arguments, work):
    """Whether Weft's losses are those of the others."""
    ours = workers.get("weft")
    for other in workers.values():
        if ours is None or other is ours or (other.peer.startswith("limit") and work in ("W5_gpt", "softmax", "W8_scalar")):
            continue
        for key in ("loss1", "loss10"):
            a, b = ours.info[key], other.info[key]
            if abs(a - b) > LOSS_TOLERANCE * max(1, abs(b)) * (30 if work == "W2b" and key == "loss10" else 1):
                arguments.strange.append(f"{work}: {key} is {a}, {other.peer} has {b}")


def line(cells, widths):
    print("| " + " | ".join(str(c).ljust(w) for c, w in zip(cells, widths)) + " |", flush=True)


def head(cells, widths):
    line(cells, widths)
    print("|" + "|".join("-" * (w + 2) for w in widths) + "|", flush=True)


WIDTHS = (53, 7, 10, 10, 8, 4, 4, 10, 13, 8, 4, 4, 24)


def print_row(row, threads, workers):
    name, work, bar, torch_bar = row
    ours = workers.get("weft")
    limit = best(workers, ("limit", "limit_blas"))
    torch = best(workers, ("torch", "torch_jit", "torch_new", "torch_compile"))
    if ours is None:
        line((name, threads, "-") + ("",) * 10, WIDTHS)
        return
    limit_ms = 1e-3 if work == "W8_scalar" else limit.ms if limit else None
    share = limit_ms / ours.ms if limit_ms else None
    times = torch.ms / ours.ms if torch else None
    others = ", ".join(f"{k} {workers[k].ms / ours.ms:.1f} x" for k in ("jax", "pytensor") if k in workers)
    line((name, threads, show(ours), "1 us" if work == "W8_scalar" else show(limit), f"{share:.2f}" if share else "-",
          f"{bar:.2g}", judge(share, bar), show(torch), torch.peer if torch else "-", f"{times:.1f} x" if times else "-",
          torch_bar or "", judge(times, torch_bar), others), WIDTHS)


def times(arguments, peers):
    results = {}
    head(("work, float32", "threads", "Weft", "limit", "of limit", "bar", "met", "PyTorch", "its mode", "faster", "bar",
          "met", "others"), WIDTHS)
    for row in ROWS:
        if arguments.words and not any(word in row[0] or word in row[1] for word in arguments.words):
            continue
        for threads in arguments.threads:
            chosen = [p for p in peers if p != "limit_blas" or row[1] in SMALL]
            workers = run_work(row[1], chosen, threads, arguments)
            loss_of(workers, arguments, row[1])
            print_row(row, threads, workers)
            results[row[1], threads] = workers
            if arguments.rows:
                with open(arguments.rows, "a") as out:
                    for worker in workers.values():
                        print(json.dumps(dict(worker.info, ms=worker.ms, rough=worker.rough)), file=out)
    return results


def memory(results):
    """Peaks of the training steps: the arena beside the sum of what it holds, the process beside PyTorch's, both above what
    the process had before it knew the work."""
    widths = (53, 9, 9, 6, 4, 14, 14, 4)
    rows = [row for row in ROWS if (row[1], 1) in results and row[1] in TRAINING]
    if not rows:
        return
    print()
    head(("peak of a training step", "arena", "all", "share", "0.4", "process", "PyTorch's", "met"), widths)
    for name, work, _, _ in rows:
        workers = results[work, 1]
        ours = workers["weft"].info if "weft" in workers else {}
        if "arena_mb" not in ours:
            continue
        share = ours["arena_mb"] / max(ours["intermediates_mb"], 1e-9)
        own = ours["rss_mb"] - ours["base_mb"]
        peaks = [w.info["rss_mb"] - w.info["base_mb"] for w in workers.values() if w.peer.startswith("torch")]
        line((name, f"{ours['arena_mb']:.2f} MB", f"{ours['intermediates_mb']:.1f} MB", f"{share:.2f}",
              "yes" if share <= 0.4 else "no", f"{own:.0f} MB", f"{min(peaks):.0f} MB" if peaks else "-",
              judge(min(peaks), own) if peaks else ""), widths)


def first_steps(arguments):
    """From a valid graph to the first step, each in a process of its own; medians."""
    widths = (16, 14, 8, 14, 8, 14, 8)
    print()
    head(("first step", "interpreted", "20 ms", "compiled cold", "300 ms", "cached", "20 ms"), widths)
    for name, work in FIRST_ROWS:
        cells = [name]
        seconds = {"first_ms": [], "cold": [], "cached": []}
        for _ in range(3 if arguments.quick else 7):
            folder = tempfile.mkdtemp(prefix="weft-bench-")
            command = command_of("weft", work, 2, arguments.build)[:-1] + ["--first"]
            env = dict(environment("weft", 2), XDG_CACHE_HOME=folder)
            for kind in ("cold", "cached"):
                row = json.loads(subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True).stdout)
                seconds["first_ms"].append(row["first_ms"])
                seconds[kind].append(row["compiled_ms"])
            shutil.rmtree(folder)
        for key, bar in (("first_ms", 20), ("cold", 300), ("cached", 20)):
            value = statistics.median(seconds[key])
            cells += [f"{value:.1f} ms", "yes" if value <= bar else "no"]
        line(cells, widths)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--build", default=os.path.join(HERE, "..", "..", "build-bench"))
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--peers", default="weft,limit,limit_blas," + ",".join(PYTHONS))
    parser.add_argument("--rows", help="a file that gets every worker's numbers, one line of JSON each")
    arguments = parser.parse_args()
    arguments.threads = [int(n) for n in arguments.threads.split(",")]
    arguments.rounds, arguments.block_s, arguments.limit_s = (5, 0.03, 8) if arguments.quick else (9, 0.05, 60)
    arguments.skipped, arguments.strange = {}, []
    if not os.path.exists(os.path.join(arguments.build, "tests", "bench", "worker")):
        sys.exit(f"{arguments.build} has no tests/bench/worker; make bench-peers builds it")
    results = times(arguments, arguments.peers.split(","))
    memory(results)
    if not arguments.words:
        first_steps(arguments)
    for peer, why in arguments.skipped.items():
        print(f"{peer}: skipped, {'; '.join(why)}")
    for text in arguments.strange:
        print(f"a strange loss: {text}")
    return 1 if arguments.strange else 0


if __name__ == "__main__":
    sys.exit(main())
