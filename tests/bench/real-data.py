#!/usr/bin/python3
"""Real data, to the end: weft-cli and PyTorch train the same models on the same rows, and both final measures stand side by side.

The documents are the examples that ship; the PyTorch models have their layers, initialisers, update rule, schedule, batch size and
number of passes. What differs are the random numbers: so each is trained with several seeds, and mean and spread are compared.

real-data.py [--seeds N] [--steps N] [NAME...]      --steps: fewer steps of the larger models, for a busy machine

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import argparse
import csv
import gzip
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
from torch import nn

DATA = os.environ.get("WEFT_DATA_DIR") or os.path.join(os.path.dirname(__file__), "..", "..", "data")
CLI = os.path.join(os.environ.get("WEFT_BUILD_DIR", "build"), "app", "weft-cli")
SPLIT_SEED = 1


def read_json(*path):
    with open(os.path.join(DATA, *path)) as file:
        return json.load(file)


def dense(inputs, units):
    layer = nn.Linear(inputs, units)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def conv(inputs, channels, size):
    layer = nn.Conv2d(inputs, channels, size)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)
    return layer


# ---- The data: rows of both, and where weft-cli finds them ----

def split_california(folder):
    """The table in three files, so that both have the same rows; in each the median stands in for blanks."""
    spec = read_json("datasets", "california-housing", "dataset.json")
    with open(os.path.join(DATA, "datasets", "california-housing", spec["file"])) as file:
        rows = list(csv.DictReader(file))
    names = spec["columns"][0]["from"]
    random.Random(SPLIT_SEED).shuffle(rows)
    known = np.array([float(row["total_bedrooms"]) for row in rows if row["total_bedrooms"]])
    for row in rows:
        row["total_bedrooms"] = row["total_bedrooms"] or str(np.median(known))
    ends = [0, int(0.7 * len(rows)), int(0.8 * len(rows)), len(rows)]
    splits = {}
    files = {}
    for index, name in enumerate(("train", "validation", "test")):
        part = rows[ends[index]:ends[index + 1]]
        files[name] = os.path.join(folder, name + ".csv")
        with open(files[name], "w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(part)
        numbers = np.array([[float(row[column]) for column in names] for row in part])
        classes = np.array([[float(row["ocean_proximity"] == one) for one in spec["columns"][1]["classes"]] for row in part])
        splits[name] = (numbers, classes, np.array([[1e-5 * float(row["median_house_value"])] for row in part]))
    mean, deviation = splits["train"][0].mean(0), splits["train"][0].std(0)
    spec = {key: spec[key] for key in ("columns", "transforms")} | {"files": files}
    return spec, {name: (np.concatenate([(numbers - mean) / deviation, classes], 1), value)
                  for name, (numbers, classes, value) in splits.items()}


def split_airline(folder):
    """Time is not shuffled: both cut the same windows."""
    with open(os.path.join(DATA, "datasets", "airline", "passengers.csv")) as file:
        months = np.array([float(row["passengers_thousands"]) for row in csv.DictReader(file)]) * 0.005 - 1
    windows = np.stack([months[i:i + 12, None] for i in range(len(months) - 12)])
    ends = [0, round(0.6 * len(windows)), round(0.8 * len(windows)), len(windows)]
    return None, {name: (windows[ends[i]:ends[i + 1]], months[12:, None][ends[i]:ends[i + 1]])
                  for i, name in enumerate(("train", "validation", "test"))}


def read_idx(name, begin):
    with gzip.open(os.path.join(DATA, "datasets", "mnist", name)) as file:
        return np.frombuffer(file.read(), np.uint8)[begin:]


def split_mnist(folder):
    """The test files are the same; which 5 000 of the others validate changes little."""
    images = read_idx("train-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28) / 255
    test = read_idx("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28) / 255
    labels = read_idx("train-labels-idx1-ubyte.gz", 8).astype(np.int64)
    return None, {"train": (images[:55000], labels[:55000]),
                  "test": (test, read_idx("t10k-labels-idx1-ubyte.gz", 8).astype(np.int64))}


# ---- The models in PyTorch ----

class Airline(nn.Module):
    """As data/examples/airline-lstm.weft: the change to the next month, from logarithms."""

    def __init__(self):
        super().__init__()
        self.memory = nn.LSTM(1, 32, batch_first=True)
        self.change = dense(32, 1)
        nn.init.xavier_uniform_(self.memory.weight_ih_l0)
        nn.init.orthogonal_(self.memory.weight_hh_l0)
        nn.init.zeros_(self.memory.bias_ih_l0)
        nn.init.zeros_(self.memory.bias_hh_l0)
        self.memory.bias_hh_l0.requires_grad = False
        with torch.no_grad():
            self.memory.bias_hh_l0[32:64] = 1

    def forward(self, x):
        hidden, _ = self.memory(torch.log((x + 1) / (x[:, -1:, :] + 1)))
        return (x[:, -1, :] + 1) * torch.exp(self.change(hidden[:, -1, :])) - 1


def california():
    return nn.Sequential(dense(13, 64), nn.ReLU(), dense(64, 32), nn.ReLU(), dense(32, 1))


def lenet():
    return nn.Sequential(conv(1, 20, 5), nn.MaxPool2d(2), nn.ReLU(), conv(20, 50, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),
                         dense(800, 500), nn.ReLU(), dense(500, 10))


# name: (example, split, model, loss, name of the measure, the measure, its factor)
WORKS = {
    "california": ("california-housing", split_california, california, nn.functional.mse_loss, "100,000 dollars off",
                   nn.functional.l1_loss, 1),
    "airline": ("airline-lstm", split_airline, Airline, nn.functional.mse_loss, "thousands off", nn.functional.l1_loss, 200),
    "mnist": ("mnist-lenet", split_mnist, lenet, nn.functional.cross_entropy, "accuracy",
              lambda logits, labels: (logits.argmax(1) == labels).float().mean(), 1),
}


def train_torch(work, splits, training, steps, seed):
    """The measure on the test rows, and seconds."""
    _, _, make, loss, _, measure, factor = work
    torch.manual_seed(seed)
    model = make()
    x, y = (torch.tensor(part, dtype=torch.float32 if part.dtype.kind == "f" else torch.int64) for part in splits["train"])
    batch = training["batch"]
    total = training["epochs"] * math.ceil(len(x) / batch)
    rule = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=training["rate"])
    begun, step = time.perf_counter(), 0
    while step < steps:
        for rows in torch.randperm(len(x)).split(batch):
            for group in rule.param_groups:
                group["lr"] = training["rate"] * 0.5 * (1 + math.cos(math.pi * step / min(total, steps)))
            rule.zero_grad()
            loss(model(x[rows]), y[rows]).backward()
            if "clip_total_norm" in training:
                nn.utils.clip_grad_norm_(model.parameters(), training["clip_total_norm"])
            rule.step()
            step += 1
            if step == steps:
                break
    seconds = time.perf_counter() - begun
    x, y = (torch.tensor(part, dtype=torch.float32 if part.dtype.kind == "f" else torch.int64) for part in splits["test"])
    with torch.no_grad():
        guess = torch.cat([model(rows) for rows in x.split(500)])
    return factor * float(measure(guess, y)), seconds


def train_weft(document, name, steps, seed):
    answer = subprocess.run([CLI, "train", document, "--json", "--steps", str(steps), "--seed", str(seed), "--threads", "1"],
                            capture_output=True, text=True, env=os.environ | {"WEFT_DATA_DIR": DATA})
    if answer.returncode != 0:
        sys.exit(answer.stderr)
    end = json.loads(answer.stdout.splitlines()[-1])
    return end["test"][name], end["step"] / end["steps_per_s"]


def spread(values):
    return f"{np.mean(values):.4f} ± {np.std(values):.4f}"


def run(name, seeds, most_steps, folder):
    work = WORKS[name]
    spec, splits = work[1](folder)
    document = read_json("examples", work[0] + ".weft")
    if spec:
        document["nodes"][0]["params"] = spec
    path = os.path.join(folder, name + ".weft")
    with open(path, "w") as file:
        json.dump(document, file)
    training = document["training"]
    steps = training["epochs"] * math.ceil(len(splits["train"][0]) / training["batch"])
    steps = min(steps, most_steps or steps)
    weft = [train_weft(path, work[4], steps, seed) for seed in range(1, seeds + 1)]
    peer = [train_torch(work, splits, training, steps, seed) for seed in range(1, seeds + 1)]
    print(f"| {document['title']} | {steps} | {work[4]} | {spread([one[0] for one in weft])} | {spread([one[0] for one in peer])} | "
          f"{np.mean([one[1] for one in weft]):.1f} | {np.mean([one[1] for one in peer]):.1f} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("names", nargs="*", default=list(WORKS))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{arguments.seeds} seeds; PyTorch {torch.__version__}; one thread each; mean and standard deviation on the test rows")
    print("| model | steps | on test | Weft | PyTorch | Weft s | PyTorch s |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.names or WORKS:
            run(name, arguments.seeds, arguments.steps, folder)


if __name__ == "__main__":
    main()
