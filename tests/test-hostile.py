#!/usr/bin/python3
# Several hundred broken documents through `weft-cli check`: each gives messages and exit code 1, in time, without a crash or
# much memory. Prints TAP. `test-hostile.py --show` also prints the messages, to be read.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

import os
import re
import resource
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(HERE, "fuzz"))
sys.dont_write_bytecode = True

import broken  # noqa: E402

CLI = os.path.join(os.environ.get("WEFT_BUILD_DIR", os.path.join(ROOT, "build")), "app", "weft-cli")
ENV = dict(os.environ, LC_ALL="C.UTF-8", WEFT_DATA_DIR=os.path.join(ROOT, "data"))
SHOW = "--show" in sys.argv
# A document of 1 MB takes 20 ms; this only tells slow from quadratic, on a busy machine and under sanitizers.
SECONDS = 60
# Every run, under sanitizers too.
BYTES = 2 << 30
# What a program writes that has not understood, or has crashed.
UNWANTED = re.compile(r"Sanitizer|runtime error|CRITICAL|WARNING|ERROR \*\*|assertion|Traceback|\(null\)|core dumped")


def run(path):
    process = subprocess.Popen([CLI, "check", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    try:
        out, err = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None, "", ""
    return process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


def problem_of(code, out, err):
    text = out + err
    if code is None:
        return f"not done after {SECONDS} s"
    if code != 1:
        return f"exit code {code}: {text[:300]}"
    if UNWANTED.search(text):
        return text[:1000]
    if not text.strip():
        return "no message"
    if len(err) > 4000:
        return f"messages of {len(err)} characters: {err[:300]}"
    return ""


done = failed = 0
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "case.weft")
    with open(path, "w", encoding="utf-8") as file:
        file.write(broken.TEXT)
    code, out, err = run(path)
    done += 1
    if code != 0:
        failed += 1
        print(f"not ok {done} - the good document is taken\n# {(out + err)[:500]!r}")
    else:
        print(f"ok {done} - the good document is taken")
    for name, content in broken.all_cases():
        with open(path, "wb") as file:
            file.write(content)
        code, out, err = run(path)
        problem = problem_of(code, out, err)
        done += 1
        failed += bool(problem)
        print(f"{'not ok' if problem else 'ok'} {done} - {name.replace('#', ' ')}")
        for line in (problem if problem else out + err if SHOW else "").splitlines()[:12]:
            print(f"# {line}")
        sys.stdout.flush()
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    done += 1
    failed += used > BYTES
    print(f"{'not ok' if used > BYTES else 'ok'} {done} - no document took {BYTES >> 20} MB\n# the most was {used >> 20} MB")

print(f"1..{done}")
sys.exit(failed > 0)
