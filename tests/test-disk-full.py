#!/usr/bin/python3
"""The disk of the kernel cache is full, really: a file system of a few pages, in a mount namespace of its own.

The run goes on interpreted, gives the same numbers, and says so in one sentence; what fits in part is not used later.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import os
import subprocess
import sys
import tempfile

CLI = os.path.join(os.environ["WEFT_BUILD_DIR"], "app", "weft-cli")
DOCUMENT = os.path.join(os.environ["WEFT_DATA_DIR"], "examples", "digits-mlp.weft")
TRAIN = ["train", DOCUMENT, "--seed", "7", "--json", "--no-times", "--log-every", "1"]
# A run must be so long that the compiler has said its word before the end, on a slow machine too.
STEPS = [40, 400, 4000, 20000]
SENTENCE = "the disk of the kernel cache is full"

# Room that is left on the disk: none; for a text but no kernel; for some of them.
ROOMS = [0, 8, 24, 60]


def train(cache, mode, steps):
    answer = subprocess.run([CLI, *TRAIN, "--mode", mode, "--steps", str(steps)], capture_output=True, text=True, timeout=600,
                            env=os.environ | {"XDG_CACHE_HOME": cache})
    assert answer.returncode == 0, answer.stderr
    return answer.stdout, answer.stderr


def loss(log):
    """The lines with the numbers of the run."""
    return [line for line in log.splitlines() if '"loss"' in line]


def check(room, cache):
    with tempfile.TemporaryDirectory(prefix="weft-full-") as disk:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "weft", disk], check=True)
        try:
            fill = os.path.join(disk, "fill")
            with open(fill, "wb") as file:
                file.write(bytes((1024 - room) * 1024))
            for steps in STEPS:
                wanted = loss(train(cache, "interpret", steps)[0])
                log, said = train(disk, "compile", steps)
                assert wanted and loss(log) == wanted, "other numbers than the interpreter's"
                if SENTENCE in said + log:
                    break
            assert said.count(SENTENCE) == 1 or SENTENCE in log, f"nothing is said of the disk: {said or log[-500:]}"
            os.remove(fill)
            log, said = train(disk, "compile", steps)
            assert SENTENCE not in said + log, f"there is room, but: {said}"
            assert len(loss(log)) == len(wanted)
        finally:
            subprocess.run(["umount", disk], check=True)


def main():
    if os.environ.get("WEFT_OWN_MOUNTS") != "1":
        if subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode != 0:
            print("1..0 # SKIP a disk of its own needs the right to mount one")
            return 0
        return subprocess.run(["unshare", "-m", sys.executable, os.path.abspath(__file__)],
                              env=os.environ | {"WEFT_OWN_MOUNTS": "1"}).returncode
    print(f"1..{len(ROOMS)}", flush=True)
    bad = 0
    with tempfile.TemporaryDirectory(prefix="weft-cache-") as cache:
        for number, room in enumerate(ROOMS, 1):
            try:
                check(room, cache)
                print(f"ok {number} room for {room} KiB", flush=True)
            except (AssertionError, subprocess.SubprocessError) as error:
                bad += 1
                print(f"not ok {number} room for {room} KiB\n# {error}", flush=True)
    return 1 if bad else 0


sys.exit(main())
