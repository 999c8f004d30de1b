"""JAX as a worker of the bench: every training step one jitted function.

    peer_jax.py --workload W --peer jax --threads N --serve

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import os
import sys

threads = int(sys.argv[sys.argv.index("--threads") + 1]) if "--threads" in sys.argv else 1
# XLA has no option for its threads; what cores it may use decides.
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])

import jax
import jax.numpy as jnp
from jax import lax

import peer_common as common


def cross_entropy(logits, labels):
    logits = logits.reshape(-1, logits.shape[-1])
    picked = jnp.take_along_axis(logits, labels.reshape(-1, 1), 1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(logits, axis=1) - picked)


def mlp_loss(work):
    bend = jnp.tanh if work.get("act") == "tanh" else jax.nn.relu

    def loss(p, x, y):
        for i in range(0, len(p) - 2, 2):
            x = bend(x @ p[i] + p[i + 1])
        return cross_entropy(x @ p[-2] + p[-1], y)

    return loss


def lenet_loss(work):
    def layer(x, w, b):
        y = lax.conv_general_dilated(x, w, (1, 1), "VALID", dimension_numbers=("NCHW", "OIHW", "NCHW"))
        y = y + b[None, :, None, None]
        return jnp.tanh(lax.reduce_window(y, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID"))

    def loss(p, x, y):
        h = layer(layer(x, p[0], p[1]), p[2], p[3]).reshape(x.shape[0], -1)
        return cross_entropy(jnp.tanh(h @ p[4] + p[5]) @ p[6] + p[7], y)

    return loss


def recurrent_loss(work):
    """Loss and the states that the next step begins with."""
    lstm, units = work["kind"] == "lstm", work["units"]

    def lstm_cell(carry, x, wh, bh):
        h, c = carry
        i, f, u, o = jnp.split(x + h @ wh + bh, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(u)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c)

    def gru_cell(carry, x, wh, bh):
        a = carry[0] @ wh + bh
        r = jax.nn.sigmoid(x[:, :units] + a[:, :units])
        z = jax.nn.sigmoid(x[:, units : 2 * units] + a[:, units : 2 * units])
        n = jnp.tanh(x[:, 2 * units :] + r * a[:, 2 * units :])
        return ((1 - z) * n + z * carry[0],)

    cell = lstm_cell if lstm else gru_cell

    def loss(p, x, y, states):
        rows, after = p[0][x], []
        for i in range(work["layers"]):
            wx, wh, bx, bh = p[1 + 4 * i : 5 + 4 * i]

            def step(carry, row):
                carry = cell(carry, row, wh, bh)
                return carry, carry[0]

            carry, rows = lax.scan(step, states[i], rows @ wx + bx)
            after.append(carry)
        return cross_entropy(rows @ p[-2] + p[-1], y), after

    return loss


def gpt_loss(work):
    width, heads, steps = work["width"], work["heads"], work["steps"]
    size = width // heads

    def norm(x, gain, bias):
        mean = jnp.mean(x, -1, keepdims=True)
        return (x - mean) * lax.rsqrt(jnp.mean((x - mean) ** 2, -1, keepdims=True) + 1e-5) * gain + bias

    def block(x, p):
        batch = x.shape[0]
        qkv = (norm(x, p[0], p[1]) @ p[2] + p[3]).reshape(batch, steps, 3, heads, size)
        q, k, v = jnp.transpose(qkv, (2, 0, 3, 1, 4))
        mask = jnp.tril(jnp.ones((steps, steps), bool))
        a = jax.nn.softmax(jnp.where(mask, q @ jnp.swapaxes(k, -1, -2) * size**-0.5, -1e9), -1)
        x = x + jnp.swapaxes(a @ v, 1, 2).reshape(batch, steps, width) @ p[4] + p[5]
        return x + jax.nn.gelu(norm(x, p[6], p[7]) @ p[8] + p[9], approximate=True) @ p[10] + p[11]

    def loss(p, x, y):
        h = p[0][x] + p[1]
        for i in range(work["layers"]):
            h = block(h, p[2 + 12 * i : 14 + 12 * i])
        return cross_entropy(norm(h, p[-3], p[-2]) @ p[-1], y)

    return loss


def rule_of(work):
    """update(parameters, gradients, state, t) and the state before the first step."""
    rate = work["rate"]
    zeros = lambda p: jax.tree_util.tree_map(jnp.zeros_like, p)

    def sgd(p, g, state, t):
        return [a - rate * b for a, b in zip(p, g)], state

    def momentum(p, g, state, t):
        state = [0.9 * v + b for v, b in zip(state, g)]
        return [a - rate * v for a, v in zip(p, state)], state

    def adam(p, g, state, t):
        decay = 1 - rate * 0.01 if work["rule"] == "adamw" else 1.0
        m = [0.9 * a + 0.1 * b for a, b in zip(state[0], g)]
        v = [0.999 * a + 0.001 * b * b for a, b in zip(state[1], g)]
        size, scale = rate / (1 - 0.9**t), 1 / (1 - 0.999**t)
        return [decay * a - size * b / (jnp.sqrt(scale * c) + 1e-8) for a, b, c in zip(p, m, v)], (m, v)

    rules = {"sgd": (sgd, lambda p: ()), "momentum": (momentum, zeros)}
    return rules.get(work["rule"], (adam, lambda p: (zeros(p), zeros(p))))


def make_trainer(work):
    losses = {"mlp": mlp_loss, "lenet": lenet_loss, "gpt": gpt_loss}
    x, y, parameters = getattr(common, work["kind"] + "_numbers")(work)
    xs, ys = [jnp.asarray(v) for v in x], [jnp.asarray(v) for v in y]
    update, begin = rule_of(work)
    loss_of = losses[work["kind"]](work)

    def train(p, state, t, x, y):
        loss, g = jax.value_and_grad(loss_of)(p, x, y)
        return loss, *update(p, g, state, t)

    train = jax.jit(train, donate_argnums=(0, 1))
    p = [jnp.asarray(v) for v in parameters]
    state, t = begin(p), 0

    def step(i):
        nonlocal p, state, t
        t += 1
        loss, p, state = train(p, state, float(t), xs[i], ys[i])
        return loss

    return step


def make_recurrent(work):
    x, y, parameters = common.recurrent_numbers(work)
    xs, ys = [jnp.asarray(v) for v in x], [jnp.asarray(v) for v in y]
    loss_of, rate = recurrent_loss(work), work["rate"]

    def train(p, states, x, y):
        (loss, states), g = jax.value_and_grad(loss_of, has_aux=True)(p, x, y, states)
        return loss, [a - rate * b for a, b in zip(p, g)], states

    train = jax.jit(train, donate_argnums=(0, 1))
    p = [jnp.asarray(v) for v in parameters]
    number = 2 if work["kind"] == "lstm" else 1
    zero = lambda: tuple(jnp.zeros((work["batch"], work["units"])) for _ in range(number))
    states = [zero() for _ in range(work["layers"])]

    def step(i):
        nonlocal p, states
        loss, p, states = train(p, states, xs[i], ys[i])
        return loss

    return step


def make_rnn(work):
    x, target, parameters = (jnp.asarray(v) if not isinstance(v, list) else v for v in common.rnn_numbers(work))

    def loss_of(p, x, target):
        def cell(h, row):
            h = jnp.tanh(row + h @ p[1])
            return h, h

        _, h = lax.scan(cell, jnp.zeros(work["units"]), x @ p[0] + p[2])
        return jnp.mean(jnp.sum((h - target) ** 2, 1))

    def train(p, x, target):
        loss, g = jax.value_and_grad(loss_of)(p, x, target)
        return loss, [a - work["rate"] * b for a, b in zip(p, g)]

    p = [jnp.asarray(v) for v in parameters]
    if not work["train"]:
        forward = jax.jit(loss_of)
        return lambda i: forward(p, x, target)
    train = jax.jit(train, donate_argnums=0)

    def step(i):
        nonlocal p
        loss, p = train(p, x, target)
        return loss

    return step


def make_chain(work):
    inputs = [jnp.asarray(v) for v in common.chain_numbers(work)]
    chain = lambda a, b, c, d: 1 / (1 + jnp.exp(-(a * b + c))) * jnp.tanh(d)
    if not work["gradients"]:
        forward = jax.jit(chain)
        return lambda i: forward(*inputs)[12345]
    both = jax.jit(jax.value_and_grad(lambda *v: jnp.sum(chain(*v)), (0, 1, 2, 3)))

    def step(i):
        total, gradients = both(*inputs)
        jax.block_until_ready(gradients)
        return total / work["n"]

    return step


def make_softmax(work):
    x, labels = (jnp.asarray(v) for v in common.softmax_numbers(work))
    both = jax.jit(jax.value_and_grad(cross_entropy))

    def step(i):
        loss, gradient = both(x, labels)
        jax.block_until_ready(gradient)
        return loss

    return step


def make_scalar(work):
    add_one, x = jax.jit(lambda x: x + 1), jnp.float32(1)
    return lambda i: add_one(x).block_until_ready()


def make(work, arguments):
    makers = {"mlp": make_trainer, "lenet": make_trainer, "gpt": make_trainer, "lstm": make_recurrent,
              "gru": make_recurrent, "rnn": make_rnn, "chain": make_chain, "softmax": make_softmax,
              "scalar": make_scalar}
    return common.cycle(makers[work["kind"]](work))


if __name__ == "__main__":
    common.serve(make)
