"""PyTensor as a worker of the bench: networks of dense layers, elementwise chains, softmax, f(x) = x + 1.

    peer_pytensor.py --workload W --peer pytensor --threads N --serve

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import numpy as np
import pytensor
import pytensor.tensor as pt

import peer_common as common

pytensor.config.floatX = "float32"


def cross_entropy(logits, labels):
    log_p = pt.special.log_softmax(logits, axis=1)
    return -pt.mean(log_p[pt.arange(labels.shape[0]), labels])


def adam(parameters, gradients, rate):
    t = pytensor.shared(np.float32(0))
    updates = [(t, t + 1)]
    for p, g in zip(parameters, gradients):
        m = pytensor.shared(np.zeros_like(p.get_value()))
        v = pytensor.shared(np.zeros_like(p.get_value()))
        new_m, new_v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        size, scale = rate / (1 - 0.9 ** (t + 1)), 1 / (1 - 0.999 ** (t + 1))
        updates += [(m, new_m), (v, new_v), (p, p - size * new_m / (pt.sqrt(scale * new_v) + 1e-8))]
    return [(old, pt.cast(new, "float32")) for old, new in updates]


def make_mlp(work):
    xs, ys, values = common.mlp_numbers(work)
    x, y = pt.fmatrix(), pt.lvector()
    parameters, h = [pytensor.shared(v) for v in values], x
    for i in range(0, len(parameters) - 2, 2):
        h = h @ parameters[i] + parameters[i + 1]
        h = pt.tanh(h) if work["act"] == "tanh" else pt.maximum(h, 0)
    loss = cross_entropy(h @ parameters[-2] + parameters[-1], y)
    gradients = pytensor.grad(loss, parameters)
    if work["rule"] == "adam":
        updates = adam(parameters, gradients, work["rate"])
    else:
        updates = [(p, p - np.float32(work["rate"]) * g) for p, g in zip(parameters, gradients)]
    train = pytensor.function([x, y], loss, updates=updates)
    return lambda i: train(xs[i], ys[i])


def make_chain(work):
    inputs = common.chain_numbers(work)
    a, b, c, d = symbols = [pt.fvector() for _ in inputs]
    y = 1 / (1 + pt.exp(-(a * b + c))) * pt.tanh(d)
    if not work["gradients"]:
        forward = pytensor.function(symbols, y)
        return lambda i: forward(*inputs)[12345]
    total = pt.sum(y)
    both = pytensor.function(symbols, [total] + pytensor.grad(total, symbols))
    return lambda i: both(*inputs)[0] / work["n"]


def make_softmax(work):
    values, labels = common.softmax_numbers(work)
    x, y = pt.fmatrix(), pt.lvector()
    loss = cross_entropy(x, y)
    both = pytensor.function([x, y], [loss, pytensor.grad(loss, x)])
    return lambda i: both(values, labels)[0]


def make_scalar(work):
    x = pt.fscalar()
    add_one = pytensor.function([x], x + np.float32(1))
    one = np.array(1, np.float32)
    return lambda i: add_one(one)


def make(work, arguments):
    makers = {"mlp": make_mlp, "chain": make_chain, "softmax": make_softmax, "scalar": make_scalar}
    if work["kind"] not in makers:
        raise NotImplementedError("not written for PyTensor")
    return common.cycle(makers[work["kind"]](work))


if __name__ == "__main__":
    common.serve(make)
