#!/usr/bin/python3
"""Writes tests/golden/train/rules.jsonl: 100 steps of every update rule and schedule, as PyTorch makes them in float64 from the
same gradients; with --check compares the file with the PyTorch installed here.

Lion is in no PyTorch 1.13: its lines are those of the paper's program (Chen et al. 2023), over tensors. NAdam of 1.13 multiplies
its momentum in once too often (in mu_product_next, unlike its own documentation and later releases) and keeps it in float32:
its lines are those of the documentation, with a constant momentum as in Dozat's paper. Adamax adds its epsilon elsewhere, so that it gets one that does not count.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import json
import math
import os
import sys

PATH = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden", "train", "rules.jsonl")
STEPS = 100
RATE = 0.05
START = [0.7, -1.3, 2.5]


def trajectory(torch, make, gradients):
    p = torch.nn.Parameter(torch.tensor(START, dtype=torch.float64))
    rule = make([p])
    places = []
    for g in gradients:
        p.grad = torch.tensor(g, dtype=torch.float64)
        rule.step()
        places.append(p.detach().tolist())
    return places


def lion(torch):
    class Lion(torch.optim.Optimizer):
        def __init__(self, parameters):
            super().__init__(parameters, {})

        @torch.no_grad()
        def step(self):
            for p in self.param_groups[0]["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                p.add_(torch.sign(m * 0.9 + p.grad * 0.1), alpha=-RATE)
                m.mul_(0.99).add_(p.grad, alpha=0.01)

    return Lion


def nadam(torch):
    class NAdam(torch.optim.Optimizer):
        def __init__(self, parameters):
            super().__init__(parameters, {})

        @torch.no_grad()
        def step(self):
            for p in self.param_groups[0]["params"]:
                state = self.state[p]
                m, v = state.setdefault("m", torch.zeros_like(p)), state.setdefault("v", torch.zeros_like(p))
                t = state["t"] = state.get("t", 0) + 1
                m.mul_(0.9).add_(p.grad, alpha=0.1)
                v.mul_(0.999).addcmul_(p.grad, p.grad, value=0.001)
                size = v.div(1 - 0.999**t).sqrt().add_(1e-8)
                p.addcdiv_(p.grad, size, value=-RATE * 0.1 / (1 - 0.9**t))
                p.addcdiv_(m, size, value=-RATE * 0.9 / (1 - 0.9 ** (t + 1)))

    return NAdam


def rules(torch):
    o = torch.optim
    return [
        ("sgd", {}, lambda p: o.SGD(p, RATE)),
        ("momentum", {}, lambda p: o.SGD(p, RATE, momentum=0.9)),
        ("nesterov", {}, lambda p: o.SGD(p, RATE, momentum=0.9, nesterov=True)),
        ("adam", {}, lambda p: o.Adam(p, RATE)),
        ("adam", {"beta1": 0.5, "beta2": 0.9, "epsilon": 1e-3}, lambda p: o.Adam(p, RATE, (0.5, 0.9), 1e-3)),
        ("adamw", {}, lambda p: o.AdamW(p, RATE)),
        ("rmsprop", {}, lambda p: o.RMSprop(p, RATE, alpha=0.9, eps=1e-7)),
        ("adagrad", {}, lambda p: o.Adagrad(p, RATE)),
        ("adadelta", {}, lambda p: o.Adadelta(p, RATE, rho=0.95)),
        ("adamax", {"epsilon": 1e-30}, lambda p: o.Adamax(p, RATE, eps=1e-30)),
        ("amsgrad", {}, lambda p: o.Adam(p, RATE, amsgrad=True)),
        ("nadam", {}, nadam(torch)),
        ("lion", {}, lion(torch)),
    ]


def warmup(schedules, rule, steps):
    return schedules.LinearLR(rule, start_factor=1 / steps, total_iters=steps - 1)


def schedules(torch):
    s = torch.optim.lr_scheduler
    return [
        ("constant", {}, lambda r: s.LambdaLR(r, lambda step: 1)),
        ("cosine", {}, lambda r: s.CosineAnnealingLR(r, STEPS)),
        ("warmup-cosine", {"warmup": 20}, lambda r: s.ChainedScheduler([warmup(s, r, 20), s.CosineAnnealingLR(r, STEPS)])),
        ("step", {"factor": 0.5, "drops": 4}, lambda r: s.StepLR(r, STEPS // 4, 0.5)),
        ("exponential", {"last": 0.01}, lambda r: s.ExponentialLR(r, 0.01 ** (1 / STEPS))),
        ("linear-warmup", {"warmup": 20}, lambda r: warmup(s, r, 20)),
        ("one-cycle", {}, lambda r: s.OneCycleLR(r, RATE, total_steps=STEPS)),
        ("one-cycle", {"rise": 0.45, "divisor": 10}, lambda r: s.OneCycleLR(r, RATE, total_steps=STEPS, pct_start=0.45, div_factor=10)),
    ]


def rates(torch, make):
    rule = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], RATE)
    schedule = make(rule)
    seen = []
    for step in range(STEPS):
        seen.append(rule.param_groups[0]["lr"])
        rule.step()
        if step + 1 < STEPS:
            schedule.step()
    return seen


def plateaus(torch):
    """Rates of ReduceLROnPlateau, told a measure after each step."""
    falling = [1 / (1 + 0.3 * i) for i in range(STEPS)]
    waves = [2 - 0.01 * i + 0.3 * math.sin(i) for i in range(STEPS)]
    for knobs, greater, measures in [
        ({"patience": 3, "threshold": 0.01}, False, falling),
        ({"factor": 0.5, "patience": 2, "cooldown": 4, "lowest": 0.002}, False, waves),
        ({"factor": 0.5, "patience": 0, "cooldown": 1}, True, [-x for x in waves]),
    ]:
        measures = [float(f"{x:.6g}") for x in measures]
        rule = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], RATE)
        schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
            rule, "max" if greater else "min", factor=knobs.get("factor", 0.1), patience=knobs["patience"],
            threshold=knobs.get("threshold", 1e-4), cooldown=knobs.get("cooldown", 0), min_lr=knobs.get("lowest", 0), eps=0)
        seen = []
        for measure in measures:
            seen.append(rule.param_groups[0]["lr"])
            schedule.step(measure)
        yield {"schedule": "plateau", "knobs": knobs, "greater": greater, "measures": measures, "rates": seen}


def rows(torch):
    torch.manual_seed(1)
    # Sizes that differ a thousandfold, and a drift, so that running means have something to do.
    noise = torch.randn(STEPS, 3, dtype=torch.float64) * torch.tensor([0.01, 1, 10], dtype=torch.float64)
    gradients = [[float(f"{x:.6g}") for x in row] for row in (noise + torch.tensor([0.005, -0.3, 0.0])).tolist()]
    yield {"rate": RATE, "start": START, "gradients": gradients}
    for name, knobs, make in rules(torch):
        yield {"rule": name, "knobs": knobs, "p": trajectory(torch, make, gradients)}
    for name, knobs, make in schedules(torch):
        yield {"schedule": name, "knobs": knobs, "rates": rates(torch, make)}
    yield from plateaus(torch)


def numbers(value):
    if isinstance(value, list):
        return [x for one in value for x in numbers(one)]
    return [value]


def same(a, b):
    if a.keys() != b.keys():
        return False
    for key in a:
        if key not in ("p", "rates", "gradients"):
            if a[key] != b[key]:
                return False
            continue
        x, y = numbers(a[key]), numbers(b[key])
        if len(x) != len(y) or any(abs(p - q) > 1e-11 * max(1, abs(q)) for p, q in zip(x, y)):
            return False
    return True


def main():
    check = "--check" in sys.argv
    try:
        import torch
    except ImportError:
        print("1..0 # SKIP torch is not installed" if check else "torch is not installed")
        return 0 if check else 1
    made = list(rows(torch))
    if not check:
        with open(PATH, "w") as out:
            out.writelines(json.dumps(row, separators=(",", ":")) + "\n" for row in made)
        return 0
    with open(PATH) as file:
        kept = [json.loads(line) for line in file]
    ok = len(made) == len(kept) and all(same(a, b) for a, b in zip(made, kept))
    print(f"1..1\n{'ok' if ok else 'not ok'} 1 rules")
    return 0


if __name__ == "__main__":
    sys.exit(main())
