#!/usr/bin/python3
"""Writes tests/golden/stability.jsonl, the table of tests/test-stability.c: expressions that overflow, underflow or cancel as people write
them, at the points where they do, and what they are there.

The truth is the same text over mpmath's numbers with hundreds of digits; derivatives are central differences in these. Neither knows
anything of Weft's rules. A row may give another text for the truth where the text itself has no value (0 times the logarithm of 0).

    stability.py [--check]

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import json
import os
import sys

import numpy as np

try:
    import mpmath
    from mpmath import mp, mpf
except ImportError:
    mpmath = None

PATH = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden", "stability.jsonl")
# What flows back into the expression, element by element, beside all ones.
COTANGENT = [1.5, -0.75, 2.0, 0.5, -1.25, 3.0, 1.0, -2.5]

WIDE = [-1000, -100, -30, -1e-3, 0, 1e-3, 30, 100, 1000]
BELOW = [-1000, -100, -30, -1, -1e-3, -1e-6, -1e-9]
ABOVE = [1e-9, 1e-6, 1e-3, 1, 30, 100, 1000]
NEAR = [-0.25, -1e-3, -1e-6, -1e-9, 1e-9, 1e-6, 1e-3, 0.25]
ROWS3 = [[1000, 0, -1000], [-100, 30, 100], [0, 1e-3, -1e-3], [-1000, -1000, -999.5]]


class Row:
    """text: as people write it. inputs: name -> numbers, f32 unless whole numbers in a list of int. wrt: what derivatives are by.
    bad: which of value and gradient are wrong as written, and must be right afterwards ("v", "g"); with "a" only where nothing else is
    computed of the same values: the better form costs an op more, which is not spent where the other one stays. truth: a text for Python in place of the first.
    digits: that the truth needs. scale, slope_scale: of what value and derivative are a difference, where their own digits cannot be had.
    slope: position -> derivative where there is a kink (what the rows of the ops say there)."""

    def __init__(self, title, text, bad, truth=None, digits=1000, scale=0.0, slope_scale=None, wrt="x", slope=None, labels=(), **inputs):
        self.title, self.text, self.bad, self.truth, self.digits, self.scale = title, text, bad, truth or text, digits, scale
        self.slope_scale = scale if slope_scale is None else slope_scale
        self.wrt, self.slope, self.labels, self.inputs = wrt, slope or {}, labels, inputs


def rows():
    softplus, sigmoid, softmax = "softplus", "sigmoid", "softmax and cross-entropy"
    one, erf, mask, products = "near 0 and 1", "error function", "masked parts", "products and powers"
    hyperbolic, length = "hyperbolic", "lengths and variances"
    yield Row(softplus, "log(1 + exp(x))", "vg", x=WIDE)
    yield Row(softplus, "log(exp(x) + 1)", "vg", x=WIDE)
    yield Row(softplus, "log1p(exp(x))", "vg", x=WIDE)
    yield Row(softplus, "log(1 + exp(-x))", "vg", x=WIDE)
    yield Row(softplus, "log(1 + 1 / exp(x))", "vg", x=WIDE)
    yield Row(softplus, "log(1 + exp(x - y))", "vg", x=WIDE, y=[1, 2, 3, 0, 0, 0, 1, 2, 3])
    yield Row(softplus, "log(1 + exp(-y * x))", "vg", x=WIDE, y=[1, -1, 1, -1, 1, -1, 1, -1, 1])
    yield Row(softplus, "log(1 + exp(2 * x))", "vg", x=WIDE)
    yield Row(softplus, "log(2 * cosh(x))", "vg", x=WIDE)

    yield Row(sigmoid, "log(1 / (1 + exp(-x)))", "vg", x=WIDE)
    yield Row(sigmoid, "log(sigmoid(x))", "vg", x=WIDE)
    yield Row(sigmoid, "log(reciprocal(1 + exp(-x)))", "vg", x=WIDE)
    yield Row(sigmoid, "log(exp(x) / (1 + exp(x)))", "vg", x=WIDE, slope_scale=1e-6)
    yield Row(sigmoid, "log(1 - sigmoid(x))", "vg", x=WIDE)
    yield Row(sigmoid, "log(1 - 1 / (1 + exp(-x)))", "vg", x=WIDE)
    yield Row(sigmoid, "-log(sigmoid(x) ** 2)", "vg", x=WIDE)
    yield Row(sigmoid, "log(sigmoid(x) * sigmoid(-x))", "vg", x=WIDE, slope_scale=0.1)
    yield Row(sigmoid, "log(sigmoid(x) / sigmoid(-x))", "vg", x=WIDE)
    yield Row(sigmoid, "1 / (1 + exp(-x))", "g", x=WIDE)
    yield Row(sigmoid, "1 / (1 + exp(x))", "g", x=WIDE)
    yield Row(sigmoid, "1 / (exp(-x) + 1)", "g", x=WIDE)
    yield Row(sigmoid, "(1 + exp(-x)) ** -1", "g", x=WIDE)
    yield Row(sigmoid, "reciprocal(1 + exp(-x))", "g", x=WIDE)
    yield Row(sigmoid, "exp(x) / (1 + exp(x))", "vg", x=WIDE, slope_scale=1e-6)
    yield Row(sigmoid, "exp(-x) / (1 + exp(-x))", "vg", x=WIDE, slope_scale=1e-6)
    yield Row(sigmoid, "exp(x) * sigmoid(-x)", "vg", x=WIDE, slope_scale=1e-6)
    yield Row(sigmoid, "exp(-x) * sigmoid(x)", "vg", x=WIDE, slope_scale=1e-6)
    yield Row(sigmoid, "3 / (1 + exp(2 * x))", "g", x=WIDE)
    yield Row(sigmoid, "y / (1 + exp(-x))", "g", x=WIDE, y=[1, -2, 1, -1, 3, -1, 1, -1, 1])
    yield Row(sigmoid, "1 - sigmoid(x)", "va", x=WIDE)
    yield Row(sigmoid, "1 - 1 / (1 + exp(-x))", "vga", x=WIDE)
    yield Row(sigmoid, "0.5 * (1 + tanh(0.5 * x))", "v", x=[-100, -30, -10, -1, 0, 1, 30])
    yield Row(sigmoid, "1 / (1 + exp(y - x))", "g", x=WIDE, y=[1, 2, 3, 0, 0, 0, 1, 2, 3])
    yield Row(sigmoid, "mean(-(t * log(sigmoid(x)) + (1 - t) * log(1 - sigmoid(x))))", "vg", x=WIDE, t=[1, 0, 1, 0, 1, 0, 1, 0, 1],
              truth="mean(-(t * log(sigmoid(x)) + (1 - t) * log(sigmoid(-x))))", scale=0.1)
    yield Row(sigmoid, "-(t * log(1 / (1 + exp(-x))) + (1 - t) * log(1 - 1 / (1 + exp(-x))))", "vg", x=WIDE, t=[1, 0, 1, 0, 1, 0, 0.5, 0, 1], scale=0.1)
    yield Row(sigmoid, "s = sigmoid(x)\nmean(-t * log(s) - (1 - t) * log(1 - s))", "vg", x=WIDE, t=[1, 0, 1, 0, 1, 0, 1, 0.25, 1], scale=0.1)

    yield Row(softmax, "log(softmax(x))", "vg", x=ROWS3, scale=1e-2)
    yield Row(softmax, "log(softmax(x, axis=0))", "vg", x=ROWS3, scale=1e-2)
    yield Row(softmax, "exp(x) / sum(exp(x))", "vg", x=[1000, 999, -1000, 0])
    yield Row(softmax, "exp(x) / sum(exp(x), axis=1, keepdims=True)", "vg", x=ROWS3, scale=1e-2)
    yield Row(softmax, "exp(x) / expand_dims(sum(exp(x), axis=1), 1)", "vg", x=ROWS3, scale=1e-2)
    yield Row(softmax, "log(exp(x) / sum(exp(x)))", "vg", x=[1000, 999, -1000, 0], scale=1e-2)
    yield Row(softmax, "log(exp(x) / sum(exp(x), axis=-1, keepdims=True))", "vg", x=ROWS3, scale=1e-2)
    yield Row(softmax, "x - log(sum(exp(x), axis=-1, keepdims=True))", "vg", x=ROWS3, scale=1e-2)
    yield Row(softmax, "log(sum(exp(x)))", "vg", x=[1000, 999, -1000, 0])
    yield Row(softmax, "log(sum(exp(x), axis=-1))", "vg", x=ROWS3)
    yield Row(softmax, "log(sum(exp(x), axis=0, keepdims=True))", "vg", x=ROWS3)
    yield Row(softmax, "log(mean(exp(x)))", "vg", x=[1000, 999, -1000, 0])
    yield Row(softmax, "log(mean(exp(x), axis=-1))", "vg", x=ROWS3, scale=1)
    yield Row(softmax, "log(exp(x) + exp(y))", "vg", x=WIDE, y=[1000, -101, -30, 0, 1, -1, 30, 99, -1000])
    yield Row(softmax, "log(exp(x) + exp(-x))", "vg", x=WIDE, slope_scale=1e-2)
    yield Row(softmax, "log(exp(x) + exp(y) + 1)", "vg", x=WIDE, y=[1000, -101, -30, 0, 1, -1, 30, 99, -1000])
    yield Row(softmax, "log(exp(x) - exp(y))", "vg", x=[1000, 100, 30, 1e-3, 0, -30, -100], y=[999, 99.5, 29, 0, -1e-3, -31, -1000])
    yield Row(softmax, "sum(t * exp(x), axis=-1) / sum(exp(x), axis=-1)", "vg", x=ROWS3, t=[[1, 2, 3], [4, 5, 6], [7, 8, 9], [3, 1, 2]], scale=1)
    yield Row(softmax, "-sum(t * log(softmax(x)), axis=-1)", "vg", x=ROWS3, t=[[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.25, 0.25]], scale=1)
    yield Row(softmax, "-mean(sum(one_hot(t, 3) * log(softmax(x)), axis=-1))", "vg", x=ROWS3, t=[2, 1, 0, 0], labels="t", scale=1)
    yield Row(softmax, "-mean(take_along_axis(log(softmax(x)), expand_dims(t, 1), 1))", "vg", x=ROWS3, t=[2, 1, 0, 0], labels="t", scale=1)
    yield Row(softmax, "mean(-log(softmax(x))[arange(4), t])", "vg", x=ROWS3, t=[2, 1, 0, 0], labels="t", scale=1)
    yield Row(softmax, "-mean(log(take_along_axis(softmax(x), expand_dims(t, 1), 1)))", "vg", x=ROWS3, t=[2, 1, 0, 0], labels="t", scale=1)
    yield Row(softmax, "mean(-log(softmax(x)[arange(4), t]))", "vg", x=ROWS3, t=[2, 1, 0, 0], labels="t", scale=1)
    yield Row(softmax, "p = exp(x) / sum(exp(x), axis=-1, keepdims=True)\n-mean(log(p)[arange(4), t])", "vg", x=ROWS3, t=[2, 1, 0, 0], labels="t", scale=1)
    yield Row(softmax, "p = softmax(x)\n-sum(p * log(p), axis=-1)", "vg", x=ROWS3, scale=1)
    yield Row(softmax, "mean(log(sum(exp(x), axis=-1)) - x[arange(4), t])", "vg", x=ROWS3, t=[2, 1, 0, 0], labels="t", scale=1)

    yield Row(one, "exp(x) - 1", "v", x=NEAR)
    yield Row(one, "1 - exp(x)", "v", x=NEAR)
    yield Row(one, "-1 + exp(-x)", "v", x=NEAR)
    yield Row(one, "(exp(x) - 1) / x", "v", x=NEAR, scale=1)
    yield Row(one, "x / (exp(x) - 1)", "v", x=NEAR, scale=1)
    yield Row(one, "log(1 + x)", "v", x=NEAR)
    yield Row(one, "log(x + 1)", "v", x=NEAR)
    yield Row(one, "log(1 - x)", "v", x=NEAR)
    yield Row(one, "log(1 + x*x*1e-9)", "v", x=WIDE)
    yield Row(one, "log(1 - exp(x))", "vg", x=BELOW)
    yield Row(one, "log(1 - exp(-x))", "vg", x=ABOVE)
    yield Row(one, "log(exp(x) - 1)", "vg", x=ABOVE)
    yield Row(one, "log1p(-exp(x))", "vg", x=BELOW)
    yield Row(one, "log(1 + x) - log(1 - x)", "v", x=NEAR)
    yield Row(one, "log((1 + x) / (1 - x))", "v", x=NEAR)
    yield Row(one, "0.5 * log((1 + x) / (1 - x))", "v", x=NEAR)
    yield Row(one, "1 - cos(x)", "v", x=[-1, -1e-3, -1e-5, 1e-5, 1e-4, 1e-3, 1])
    yield Row(one, "log(x / (1 - x))", "v", x=[1e-9, 0.25, 0.49999997, 0.50000006, 0.75])
    yield Row(one, "x * log(x)", "v", x=[0, 1e-9, 0.5, 1, 1000], truth="xlogx(x)", slope={0: None})
    yield Row(one, "-sum(x * log(x))", "v", x=[0, 0.25, 0.25, 0.5], truth="-sum(xlogx(x))", slope={0: None})
    yield Row(one, "-(x * log(x) + (1 - x) * log(1 - x))", "v", x=[0, 1e-6, 0.25, 0.75, 1], truth="-(xlogx(x) + xlogx(1 - x))", slope={0: None, 4: None})
    yield Row(one, "-sum(y * log(x))", "v", x=[0, 0.25, 0.25, 0.5], y=[0, 0, 0.5, 0.5], truth="-sum(xlogy(y, x))", slope={0: None})

    yield Row(erf, "1 - erf(x)", "v", x=[-10, -1, -1e-3, 0, 1, 3, 5, 8, 9])
    yield Row(erf, "1 + erf(-x)", "v", x=[-10, -1, -1e-3, 0, 1, 3, 5, 8, 9])
    yield Row(erf, "erf(x) + 1", "v", x=[-9, -8, -5, -3, -1, 0, 1, 10])
    yield Row(erf, "erf(x) - 1", "v", x=[-10, -1, -1e-3, 0, 1, 3, 5, 8, 9])
    yield Row(erf, "1 - erfc(x)", "v", x=NEAR)
    yield Row(erf, "-1 + erfc(x)", "v", x=NEAR)
    yield Row(erf, "2 - erfc(x)", "v", x=[-9, -8, -5, -3, -1, 0, 1, 10])
    yield Row(erf, "0.5 * (1 + erf(x / sqrt(2)))", "v", x=[-12, -10, -6, -3, 0, 3, 10])
    yield Row(erf, "log(erfc(x))", "vg", x=[-10, -1, -1e-3, -1e-6, 1e-6, 1e-3, 1, 5, 9, 30, 100, 1000])
    yield Row(erf, "log(1 - erf(x))", "vg", x=[-10, -1, -1e-3, -1e-6, 1e-6, 1e-3, 1, 3, 5, 9], digits=300)
    yield Row(erf, "log(erfc(-x))", "vg", x=[10, 1, 1e-3, -1, -5, -9, -30, -100, -1000])
    yield Row(erf, "log(0.5 * (1 + erf(x / sqrt(2))))", "vg", x=[-100, -30, -10, -5, -1, 0, 1, 3], truth="log(0.5 * erfc(-x / sqrt(2)))")
    yield Row(erf, "log(0.5 * erfc(-0.7071067811865476 * x))", "vg", x=[-1000, -100, -30, -10, -5, -1, 0, 1, 3])
    yield Row(erf, "exp(x * x) * erfc(x)", "v", x=[-3, -1, 0, 1, 5, 9, 12, 30, 100])

    yield Row(mask, "where(y != 0, x / y, 0)", "g", x=[1, 2, 3, 0], y=[0, 2, 1e-3, 0], truth="where(y != 0, x / where(y == 0, 1, y), 0)", wrt="y", slope={0: 0, 3: 0})
    yield Row(mask, "where(x > 0, log(x), 0)", "g", x=[-1, 0, 1e-3, 1, 100], truth="log(where(x > 0, x, 1))", slope={1: 0})
    yield Row(mask, "where(x > 0, sqrt(x), 0)", "g", x=[-1, 0, 1e-3, 1, 100], truth="sqrt(maximum(x, 0))", slope={1: 0})
    yield Row(mask, "where(x > 0, 3 * sqrt(x), x)", "g", x=[-1, 0, 1e-3, 1, 100], truth="where(x > 0, 3 * sqrt(maximum(x, 0)), x)", slope={1: 1})
    yield Row(mask, "where(x != 0, sin(x) / x, 1)", "g", x=[-1, 0, 0.5, 1, 100], truth="where(x != 0, sin(x) / where(x == 0, 1, x), 1)", slope={1: 0}, scale=1)
    yield Row(mask, "where(x == 0, 0, x * log(x))", "g", x=[0, 1e-3, 0.5, 1, 100], truth="xlogx(x)", slope={0: 0})
    yield Row(mask, "where(x > 0, x, exp(x) - 1)", "g", x=WIDE, slope={4: 1}, truth="where(x > 0, x, exp(x) - 1)")
    yield Row(mask, "where(x > 0, x ** 0.5, 0)", "g", x=[-1, 0, 1e-3, 1, 100], truth="sqrt(maximum(x, 0))", slope={1: 0})
    yield Row(mask, "where(x < 20, log(1 + exp(x)), x)", "g", x=WIDE)

    yield Row(products, "log(prod(x))", "v", x=[1e-30, 1e30, 1e-30, 1e-30])
    yield Row(products, "log(prod(x, axis=1))", "vg", x=[[1e30, 1e30], [1e-30, 1e-30], [2, 3]])
    yield Row(products, "log(prod(-x, axis=1))", "vg", x=[[1e30, 1e30], [1e-30, 1e-30], [2, 3]])
    yield Row(products, "log(prod(sigmoid(x)))", "v", x=[-1000, -100, 0, 100])
    yield Row(products, "log(x ** 2)", "vg", x=[-1e30, -1e-30, 1e-3, 1, 1e30])
    yield Row(products, "log(x * x)", "vg", x=[-1e30, -1e-30, 1e-3, 1, 1e30])
    yield Row(products, "log(x ** 3)", "vg", x=[1e30, 1e-30, 1e-3, 1])
    yield Row(products, "log(x ** -4)", "vg", x=[-1e30, 1e-30, 1e-3, 1])
    yield Row(products, "log(1 / x)", "v", x=[1e-40, 1e-3, 1, 1e3])
    yield Row(products, "log(sigmoid(x) ** y)", "v", x=WIDE, y=[1, 2, 3, 1, 2, 3, 1, 2, 3])
    yield Row(products, "log(exp(x) * y)", "vg", x=[-1000, -100, 0, 100, 1000], y=[1, 2, 3, 4, 5])
    yield Row(products, "log(exp(-0.5 * square((x - y) / 3)) / 3)", "vg", x=[-1000, -100, 0, 100, 1000], y=[1, 2, 3, 4, 5])
    yield Row(products, "log(exp(x) / y)", "vg", x=[-1000, -100, 0, 100, 1000], y=[1, 2, 3, 4, 5])
    yield Row(products, "log(y / exp(x))", "vg", x=[-1000, -100, 0, 100, 1000], y=[1, 2, 3, 4, 5])
    yield Row(products, "log(exp(x))", "vg", x=WIDE)
    yield Row(products, "exp(x) * exp(y)", "v", x=[1000, -100, 30], y=[-999, 99, 30], wrt="x")
    yield Row(products, "exp(x) / exp(y)", "vg", x=[1000, -100, 30], y=[999, -99, 30], wrt="x")
    yield Row(products, "log(det(x))", "v", x=[[1e-15, 0, 0], [1e-16, 1e-15, 0], [0, 1e-16, 1e-15]], scale=1e-3)
    yield Row(products, "log(abs(det(x)))", "vg", x=[[0, 1e-25, 0], [1e-25, 0, 0], [0, 0, 1e-25]], scale=1e-3)
    yield Row(products, "log(det(x))", "vg", x=[[3e20, 1e20], [1e20, 2e20]])

    yield Row(hyperbolic, "(exp(x) - exp(-x)) / (exp(x) + exp(-x))", "vg", x=[-1000, -100, -30, -1, -1e-6, 1e-6, 30, 1000], scale=1e-6)
    yield Row(hyperbolic, "(exp(2 * x) - 1) / (exp(2 * x) + 1)", "vg", x=[-30, -1, -1e-6, 1e-6, 1, 30, 100, 1000], scale=1e-6)
    yield Row(hyperbolic, "(1 - exp(-2 * x)) / (1 + exp(-2 * x))", "vg", x=[-1000, -30, -1, -1e-6, 1e-6, 1, 30], scale=1e-6)
    yield Row(hyperbolic, "2 * sigmoid(2 * x) - 1", "v", x=[-30, -1, -1e-6, 1e-6, 1, 30])
    yield Row(hyperbolic, "2 / (1 + exp(-2 * x)) - 1", "vg", x=[-1000, -30, -1, -1e-6, 1e-6, 1, 30])
    yield Row(hyperbolic, "sinh(x) / cosh(x)", "vg", x=[-1000, -100, -1, -1e-6, 1e-6, 1, 100, 1000])
    yield Row(hyperbolic, "0.5 * (exp(x) - exp(-x))", "v", x=[-1, -1e-3, -1e-6, -1e-9, 1e-9, 1e-6, 1e-3, 1])
    yield Row(hyperbolic, "(exp(x) - exp(-x)) / 2", "v", x=[-1, -1e-3, -1e-6, -1e-9, 1e-9, 1e-6, 1e-3, 1])
    yield Row(hyperbolic, "log(cosh(x))", "vg", x=[-1000, -100, -1, -1e-3, 1e-3, 1, 100, 1000])
    yield Row(hyperbolic, "log(0.5 * (exp(x) + exp(-x)))", "vg", x=[-1000, -100, -1, 1, 100, 1000])
    yield Row(hyperbolic, "log(x + sqrt(x * x + 1))", "v", x=[-1e6, -1e4, -1e-6, 1e-6, 1, 1e25])

    yield Row(length, "sqrt(x * x + y * y)", "vg", x=[1e30, 1e-30, 3, -1e25], y=[1e30, 1e-30, 4, 1], slope={})
    yield Row(length, "sqrt(x ** 2 + y ** 2)", "vg", x=[1e30, 1e-30, 3, -1e25], y=[1e30, 1e-30, 4, 1])
    yield Row(length, "sqrt(x ** 2)", "vg", x=[1e30, -1e-30, 3, -1e25])
    yield Row(length, "sqrt(sum(x ** 2))", "vg", x=[1e30, -1e30, 3, 1e25])
    yield Row(length, "sqrt(sum(x * x, axis=-1))", "vg", x=[[3e-30, 4e-30], [3e30, 4e30], [0, 0]], slope={4: 0, 5: 0})
    yield Row(length, "x / sqrt(sum(x * x, axis=-1, keepdims=True))", "v", x=[[3e-30, 4e-30], [3e30, 4e30], [3, 4]])
    yield Row(length, "mean(x ** 2) - mean(x) ** 2", "v", x=[10000, 10001, 10002, 10003.5])
    yield Row(length, "mean(x * x, axis=-1) - square(mean(x, axis=-1))", "v", x=[[10000, 10001, 10002.5], [1e25, 1e25, 1e25], [1, 2, 3]], scale=1e-3)


# ---- The language over mpmath's numbers --------------------------------------------------------------------------------------------------


def space():
    def over(f):
        g = np.frompyfunc(f, 1, 1)
        return lambda x: g(x)

    def real_log(x):
        return mp.ninf if x == 0 else mp.nan if x < 0 else mp.log(x)

    def array(x):
        return np.asarray(x, dtype=object)

    def reduced(f):
        return lambda x, axis=None, keepdims=False: f(array(x), axis=axis, keepdims=keepdims)

    exp, log, sqrt = over(mp.exp), over(real_log), over(lambda x: mp.sqrt(x) if x >= 0 else mp.nan)
    total = reduced(np.sum)

    def mean(x, axis=None, keepdims=False):
        return total(x, axis, keepdims) / mpf(array(x).size // array(total(x, axis)).size)

    def softmax(x, axis=-1):
        return exp(x) / total(exp(x), axis, True)

    def det(x):
        return mp.det(mp.matrix(x.tolist()))

    return {
        "exp": exp, "log": log, "sqrt": sqrt, "sum": total, "mean": mean, "softmax": softmax, "det": det, "abs": over(abs),
        "log1p": over(mp.log1p), "expm1": over(mp.expm1), "square": lambda x: x * x, "reciprocal": lambda x: 1 / x,
        "sigmoid": over(lambda x: 1 / (1 + mp.exp(-x))), "tanh": over(mp.tanh), "sinh": over(mp.sinh), "cosh": over(mp.cosh),
        "sin": over(mp.sin), "cos": over(mp.cos), "erf": over(mp.erf), "erfc": over(mp.erfc), "prod": reduced(np.prod),
        "maximum": np.maximum, "minimum": np.minimum, "where": lambda c, a, b: np.where(np.asarray(c, dtype=bool), a, b),
        "xlogx": over(lambda x: mpf(0) if x == 0 else x * real_log(x)),
        "xlogy": np.frompyfunc(lambda a, b: mpf(0) if a == 0 else a * real_log(b), 2, 1),
        "arange": np.arange, "expand_dims": np.expand_dims, "take_along_axis": np.take_along_axis,
        "one_hot": lambda t, n: (np.expand_dims(t, 1) == np.arange(n)).astype(int),
    }


def evaluate(text, names):
    *lines, last = text.split("\n")
    names = dict(names)
    for line in lines:
        exec(line, names)
    return np.asarray(eval(last, names), dtype=object)


def number(x):
    x = float(mp.nstr(x, 17))
    return "nan" if x != x else "inf" if x == np.inf else "-inf" if x == -np.inf else x


def answer(row):
    mp.dps = row.digits
    names, inputs = space(), {}
    for name, numbers in row.inputs.items():
        if name in row.labels:
            array = np.array(numbers)
            inputs[name] = ["i64", list(array.shape), array.ravel().tolist()]
            names[name] = array
            continue
        array = np.array(numbers, dtype=np.float32)
        if name in row.text or name == row.wrt:
            inputs[name] = ["f32", list(array.shape), [float(f"{v:.9g}") for v in array.ravel()]]
        names[name] = np.array([mpf(float(v)) for v in array.ravel()], dtype=object).reshape(array.shape)
    value = evaluate(row.truth, names)
    by = names[row.wrt]
    weights = np.array([mpf(COTANGENT[i % len(COTANGENT)]) for i in range(value.size)], dtype=object).reshape(value.shape)
    ones, weighted = [], []
    for i in range(by.size):
        if i in row.slope:
            known = row.slope[i]
            ones.append(None if known is None else number(mpf(known)))
            weighted.append(None if known is None else number(known * (weights.ravel()[i] if value.size == by.size else weights.ravel()[0])))
            continue
        step = mpf(10) ** (-row.digits // 3) * max(1, abs(by.ravel()[i]))
        ends = []
        for sign in (1, -1):
            moved = by.copy()
            moved.ravel()[i] += sign * step
            ends.append(evaluate(row.truth, {**names, row.wrt: moved}))
        slope = (ends[0] - ends[1]) / (2 * step)
        ones.append(number(np.sum(slope)))
        weighted.append(number(np.sum(slope * weights)))
    return {"title": row.title, "e": row.text, "in": inputs, "wrt": row.wrt, "bad": row.bad, "scale": [row.scale, row.slope_scale],
            "y": [number(v) for v in value.ravel()], "weights": [float(w) for w in weights.ravel()], "g": ones, "gw": weighted}


def main():
    if mpmath is None:
        print("1..1\nok 1 stability # SKIP mpmath is not installed" if "--check" in sys.argv else "mpmath is not installed")
        return 0 if "--check" in sys.argv else 1
    lines = [json.dumps(answer(row), separators=(",", ":")) + "\n" for row in rows()]
    if "--check" not in sys.argv:
        with open(PATH, "w") as out:
            out.writelines(lines)
        print(f"{len(lines)} rows")
        return 0
    with open(PATH) as file:
        same = file.readlines() == lines
    print(f"1..1\n{'ok' if same else 'not ok'} 1 stability")
    return 0


if __name__ == "__main__":
    sys.exit(main())
