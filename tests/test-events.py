#!/usr/bin/python3
# The events that weft-cli curves writes for TensorBoard, read back here: every checksum, tag, step and value. Prints TAP.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

import glob
import json
import os
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CLI = os.path.join(os.environ["WEFT_BUILD_DIR"], "app", "weft-cli")
EXAMPLE = os.path.join(os.environ["WEFT_DATA_DIR"], "examples", "iris.weft")
STEPS = 20
n_done = n_failed = 0


def check(name, good, why=""):
    global n_done, n_failed
    n_done += 1
    n_failed += not good
    print(f"{'ok' if good else 'not ok'} {n_done} - {name}{'' if good else f' # {why}'}", flush=True)


def run(*args):
    return subprocess.run([CLI, *args], capture_output=True, text=True, timeout=120)


def crc32c(data):
    """RFC 3720, appendix B.4, bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(path):
    """The records of a TFRecord file; a wrong checksum is an error."""
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at < len(data):
        head = data[at:at + 8]
        length, = struct.unpack("<Q", head)
        body = data[at + 12:at + 12 + length]
        sums = struct.unpack("<I", data[at + 8:at + 12]) + struct.unpack("<I", data[at + 12 + length:at + 16 + length])
        if sums != (masked(head), masked(body)):
            raise ValueError(f"{path}: wrong checksum at {at}")
        yield body
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(message):
    """The fields of a Protocol Buffers message: number -> the last value."""
    found, at = {}, 0
    while at < len(message):
        key, at = varint(message, at)
        wire = key & 7
        if wire == 0:
            value, at = varint(message, at)
        elif wire == 2:
            length, at = varint(message, at)
            value, at = message[at:at + length], at + length
        else:
            size = 8 if wire == 1 else 4
            value, at = struct.unpack("<d" if wire == 1 else "<f", message[at:at + size])[0], at + size
        found[key >> 3] = value
    return found


def scalars(path):
    """tag -> {step: value}; the first record says which version it is."""
    events = [fields(record) for record in records(path)]
    if events[0].get(3) != b"brain.Event:2":
        raise ValueError(f"{path}: no version")
    found = {}
    for event in events[1:]:
        value = fields(fields(event[5])[1])
        found.setdefault(value[1].decode(), {})[event.get(2, 0)] = value[2]
    return found


def logged(path):
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return {line["step"]: line["train"] for line in lines if line["event"] == "step"}


def main():
    with tempfile.TemporaryDirectory() as folder:
        logs = [os.path.join(folder, name, "log.jsonl") for name in ("one", "two")]
        for seed, log in enumerate(logs):
            os.mkdir(os.path.dirname(log))
            done = run("train", EXAMPLE, "--steps", str(STEPS), "--seed", str(seed), "--log", log, "--log-every", "1")
            check(f"train/{seed}", done.returncode == 0, done.stderr)
        events = os.path.join(folder, "events")
        done = run("curves", *logs, "--tensorboard", events)
        check("written", done.returncode == 0, done.stderr)
        # Runs of one title: "Iris", "Iris (2)".
        files = sorted(glob.glob(os.path.join(events, "*", "events.out.tfevents.*")), key=len)
        check("a folder a run", len(files) == 2, files)
        got = [scalars(path) for path in files]
        for i, log in enumerate(logs):
            wanted = logged(log)
            tag = next((x for x in got[i] if "loss" in x and "train" in x), None)
            same = tag is not None and got[i][tag].keys() == wanted.keys() and all(
                abs(got[i][tag][step] - values["loss"]) <= 1e-6 * max(1, abs(values["loss"])) for step, values in wanted.items())
            check(f"losses/{i}", same, f"{sorted(got[i])} {got[i].get(tag)} {wanted}")
    print(f"1..{n_done}")
    return 1 if n_failed else 0


sys.exit(main())
