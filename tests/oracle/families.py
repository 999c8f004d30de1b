"""The families of oracle cases; see make.py.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import importlib.util
import itertools
import random

import numpy as np


class Case:
    """text: for Weft. inputs: name -> (dtype, domain, shape, seed). oracle: the same in Python over float64 inputs."""

    def __init__(self, text, inputs, oracle, tol=None, grad=None, dtype=None):
        self.text, self.inputs, self.oracle = text, inputs, oracle
        self.tol, self.grad, self.dtype = tol, grad, dtype


def same(text, inputs, names=None, **kw):
    """A text that Python reads too."""
    space = dict(NAMES)
    space.update(names or {})
    code = compile(text, text, "eval")
    return Case(text, inputs, lambda **x: eval(code, space, x), **kw)


SHAPES = [(), (3,), (2, 3), (1, 4), (0, 3), (2, 1, 3)]
REALS = ["f32", "f64"]


def keepdims_axes(rank):
    """(axis, keepdims) for a reduction over this rank."""
    axes = [None] + list(range(-1, rank))
    if rank >= 2:
        axes += [(0, 1), (0, -1)]
    return [(a, k) for a in axes for k in (False, True) if a != -1 or rank > 0]


# ---- Elementwise -----------------------------------------------------------------------------------------------------

UNARY = {
    "neg": ("reals", np.negative), "abs": ("reals", np.abs), "sign": ("reals", np.sign), "square": ("reals", np.square),
    "sqrt": ("positive", np.sqrt), "cbrt": ("reals", np.cbrt), "reciprocal": ("nonzero", lambda x: 1 / x),
    "ceil": ("reals", np.ceil), "floor": ("reals", np.floor), "trunc": ("reals", np.trunc), "round": ("reals", np.round),
    "exp": ("reals", np.exp), "exp2": ("reals", np.exp2), "expm1": ("reals", np.expm1), "log": ("positive", np.log),
    "log2": ("positive", np.log2), "log10": ("positive", np.log10), "log1p": ("probability", np.log1p),
    "sin": ("reals", np.sin), "cos": ("reals", np.cos), "tan": ("unit", np.tan), "asin": ("unit", np.arcsin),
    "acos": ("unit", np.arccos), "atan": ("reals", np.arctan), "sinh": ("reals", np.sinh), "cosh": ("reals", np.cosh),
    "tanh": ("reals", np.tanh), "asinh": ("reals", np.arcsinh), "acosh": ("above_one", np.arccosh),
    "atanh": ("unit", np.arctanh), "deg2rad": ("reals", np.deg2rad), "rad2deg": ("reals", np.rad2deg),
    "isnan": ("reals", np.isnan), "isinf": ("reals", np.isinf), "isfinite": ("reals", np.isfinite),
    "logical_not": ("bools", np.logical_not), "relu": ("reals", lambda x: np.maximum(x, 0)),
    "softplus": ("reals", lambda x: np.logaddexp(0, x)), "sigmoid": ("reals", lambda x: 1 / (1 + np.exp(-x))),
    "logit": ("probability", lambda x: np.log(x / (1 - x))), "softsign": ("reals", lambda x: x / (1 + np.abs(x))),
    "xlogx": ("positive", lambda x: x * np.log(x)), "silu": ("reals", lambda x: x / (1 + np.exp(-x))),
    "hard_tanh": ("reals", lambda x: np.clip(x, -1, 1)), "nan_to_num": ("reals", np.nan_to_num),
}
ALIASES = {"arcsin": ("unit", np.arcsin), "arctan": ("reals", np.arctan), "sqr": ("reals", np.square), "absolute": ("reals", np.abs)}


def cases_unary():
    seed = itertools.count(1)
    for name, (domain, oracle) in {**UNARY, **ALIASES}.items():
        for dtype in REALS:
            for shape in SHAPES[:5]:
                row = ("bool" if domain == "bools" else dtype, domain, shape, next(seed))
                yield Case(f"{name}(x)", {"x": row}, lambda x, f=oracle: f(x))


BINARY = {
    "add": ("reals", np.add), "sub": ("reals", np.subtract), "mul": ("reals", np.multiply), "div": ("nonzero", np.divide),
    "floor_div": ("nonzero", np.floor_divide), "mod": ("nonzero", np.mod), "fmod": ("nonzero", np.fmod),
    "pow": ("positive", np.power), "hypot": ("reals", np.hypot), "maximum": ("reals", np.maximum),
    "minimum": ("reals", np.minimum), "atan2": ("reals", np.arctan2), "logaddexp": ("reals", np.logaddexp),
    "eq": ("ints", np.equal), "ne": ("ints", np.not_equal), "lt": ("ints", np.less), "le": ("ints", np.less_equal),
    "gt": ("ints", np.greater), "ge": ("ints", np.greater_equal), "logical_and": ("bools", np.logical_and),
    "logical_or": ("bools", np.logical_or), "logical_xor": ("bools", np.logical_xor),
}
PAIRS = [((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 1)), ((), (2, 2)), ((2, 1, 3), (4, 1)), ((0, 3), (1, 3)), ((1, 1), (1,))]
WHOLE = ["add", "sub", "mul", "floor_div", "mod", "maximum", "minimum", "eq", "lt", "ge"]
BITS = {"bit_and": np.bitwise_and, "bit_or": np.bitwise_or, "bit_xor": np.bitwise_xor, "shift_left": np.left_shift, "shift_right": np.right_shift}


def cases_binary():
    seed = itertools.count(1000)
    for name, (domain, oracle) in BINARY.items():
        for a, b in PAIRS:
            for dtype in REALS:
                kind = "bool" if domain == "bools" else dtype
                inner = "ints:-3:4" if domain == "ints" else domain
                yield Case(f"{name}(a, b)", {"a": (kind, inner, a, next(seed)), "b": (kind, inner, b, next(seed))},
                           lambda a, b, f=oracle: f(a, b))
    for name in WHOLE:
        for a, b in PAIRS:
            for dtype in ("i32", "i64"):
                yield Case(f"{name}(a, b)", {"a": (dtype, "ints:-20:20", a, next(seed)), "b": (dtype, "ints:1:9", b, next(seed))},
                           lambda a, b, f=BINARY[name][1]: f(a, b))
    for name, oracle in BITS.items():
        for a, b in PAIRS[:4]:
            for dtype in ("i32", "i64"):
                yield Case(f"{name}(a, b)", {"a": (dtype, "ints:0:100", a, next(seed)), "b": (dtype, "ints:0:5", b, next(seed))},
                           lambda a, b, f=oracle: f(a, b))
    # An int with a float gives the float's type.
    for name in ("add", "mul", "maximum", "div", "pow"):
        for whole in ("i32", "i64", "bool"):
            for dtype in REALS:
                yield Case(f"{name}(a, b)", {"a": (dtype, "positive", (2, 3), next(seed)),
                                             "b": (whole, "bools" if whole == "bool" else "ints:1:4", (3,), next(seed))},
                           lambda a, b, f=BINARY[name][1]: f(a, b.astype(float)))


# ---- Reductions ------------------------------------------------------------------------------------------------------


def logsumexp(x, axis=None, keepdims=False):
    m = np.max(x, axis=axis, keepdims=True)
    y = np.log(np.sum(np.exp(x - m), axis=axis, keepdims=True)) + m
    return y if keepdims else np.squeeze(y, axis=axis)


REDUCTIONS = {
    "sum": np.sum, "prod": np.prod, "mean": np.mean, "var": np.var, "std": np.std, "max": np.max, "min": np.min,
    "logsumexp": logsumexp, "ptp": np.ptp, "median": np.median, "count_nonzero": np.count_nonzero,
    "norm": lambda x, axis=None, keepdims=False: np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims)),
    "all": np.all, "any": np.any,
}


def cases_reduce():
    seed = itertools.count(3000)
    for name, oracle in REDUCTIONS.items():
        for shape in [(4,), (2, 3), (2, 1, 3), (2, 3, 2, 2)]:
            for axis, keep in keepdims_axes(len(shape)):
                if name in ("ptp", "median", "count_nonzero") and isinstance(axis, tuple):
                    continue
                row = ("bool", "bools", shape, next(seed)) if name in ("all", "any") else ("f32" if keep else "f64", "distinct" if name in ("max", "min", "median", "ptp") else "nonzero", shape, next(seed))
                yield Case(f"{name}(x, axis={axis}, keepdims={keep})", {"x": row},
                           lambda x, f=oracle, a=axis, k=keep: f(x, axis=a, keepdims=k))
    for name in ("sum", "prod", "max", "min", "mean"):
        for shape in [(5,), (2, 3)]:
            for dtype in ("i32", "i64"):
                for axis in [None] + list(range(len(shape))):
                    yield Case(f"{name}(x, axis={axis})", {"x": (dtype, "ints:-4:5", shape, next(seed))},
                               lambda x, f=REDUCTIONS[name], a=axis: f(x, axis=a), dtype=None if name != "max" and name != "min" else dtype)
    for name in ("argmax", "argmin"):
        for shape in [(5,), (2, 3), (2, 3, 2)]:
            for axis in [None] + list(range(-1, len(shape))):
                for domain in ("distinct", "ints:0:3"):
                    yield Case(f"{name}(x, axis={axis})", {"x": ("f32", domain, shape, next(seed))},
                               lambda x, f=getattr(np, name), a=axis: f(x, axis=a))
    for name in ("cumsum", "cumprod"):
        for shape in [(5,), (2, 3), (2, 3, 2), (0,)]:
            for axis in [None] + list(range(-1, len(shape))):
                for dtype in REALS:
                    yield Case(f"{name}(x, axis={axis})", {"x": (dtype, "nonzero", shape, next(seed))},
                               lambda x, f=getattr(np, name), a=axis: f(x, axis=a))
    for ddof in (0, 1):
        for name in ("var", "std"):
            for axis in (None, 0, 1, (0, 1)):
                yield Case(f"{name}(x, axis={axis}, ddof={ddof})", {"x": ("f64", "reals", (3, 4), next(seed))},
                           lambda x, f=getattr(np, name), a=axis, d=ddof: f(x, axis=a, ddof=d))


# ---- Shapes ----------------------------------------------------------------------------------------------------------

SHAPE_TEXTS = [
    ("reshape(x, (3, 2))", (2, 3)), ("reshape(x, (-1,))", (2, 3)), ("reshape(x, (2, -1, 1))", (2, 3)), ("reshape(x, (6, 0))", (0, 3)),
    ("transpose(x)", (2, 3)), ("transpose(x, (2, 0, 1))", (2, 3, 4)), ("x.T", (2, 3)), ("swapaxes(x, 0, 2)", (2, 3, 4)),
    ("swapaxes(x, -1, 0)", (2, 3)), ("moveaxis(x, 0, -1)", (2, 3, 4)), ("moveaxis(x, 2, 0)", (2, 3, 4)), ("expand_dims(x, 0)", (3,)),
    ("expand_dims(x, -1)", (2, 3)), ("expand_dims(x, (0, 2))", (3,)), ("squeeze(x)", (1, 3, 1)), ("squeeze(x, 0)", (1, 3)),
    ("squeeze(x, (0, 2))", (1, 3, 1)), ("broadcast_to(x, (2, 3))", (3,)), ("broadcast_to(x, (4, 2, 3))", (2, 1)),
    ("concatenate((x, x), axis=0)", (2, 3)), ("concatenate((x, x, x), axis=1)", (2, 3)), ("stack((x, x), axis=0)", (2, 3)),
    ("stack((x, 2 * x), axis=1)", (2, 3)), ("stack((x, x), axis=-1)", (3,)), ("tile(x, 2)", (3,)), ("tile(x, (2, 2))", (2, 3)),
    ("tile(x, (2, 1, 2))", (2, 3)), ("tile(x, (3,))", (2, 2)), ("repeat(x, 2)", (2, 3)), ("repeat(x, 2, axis=0)", (2, 3)),
    ("repeat(x, 3, axis=1)", (2, 3)), ("roll(x, 1)", (5,)), ("roll(x, -2)", (5,)), ("roll(x, 1, axis=0)", (3, 2)),
    ("roll(x, 2, axis=1)", (2, 3)), ("roll(x, 7, axis=1)", (2, 3)), ("flip(x)", (2, 3)), ("flip(x, axis=0)", (2, 3)), ("flip(x, axis=1)", (2, 3)),
    ("flip(x, axis=(0, 1))", (2, 3)), ("ravel(x)", (2, 3)), ("diag(x)", (4,)), ("diag(x)", (3, 3)), ("diag(x, 1)", (3, 4)), ("diag(x, -1)", (3,)),
    ("tril(x)", (3, 4)), ("triu(x)", (3, 4)), ("tril(x, 1)", (3, 3)), ("triu(x, -1)", (4, 3)), ("trace(x)", (3, 3)),
    ("diagonal(x)", (3, 4)), ("zeros_like(x)", (2, 3)), ("ones_like(x)", (2,)), ("diff(x)", (5,)), ("diff(x, axis=0)", (3, 2)),
    ("diff(x, 2)", (6,)), ("outer(x, x)", (3,)), ("kron(x, x)", (2, 2)),
    ("x.flatten()", (2, 3)), ("x.reshape((3, 2))", (2, 3)), ("x.sum(axis=1)", (2, 3)), ("x.mean()", (2, 3)),
]
PADS = ["constant", "reflect", "edge", "wrap"]


def cases_shape():
    seed = itertools.count(6000)
    for text, shape in SHAPE_TEXTS:
        for dtype in ("f32", "f64", "i64"):
            if dtype == "i64" and ("mean" in text):
                continue
            row = (dtype, "ints:-9:9" if dtype == "i64" else "reals", shape, next(seed))
            yield same(text, {"x": row})
    for mode in PADS:
        for shape, pads in [((4,), ((1, 2),)), ((3, 4), ((1, 1), (2, 0))), ((3, 4), ((0, 0), (2, 2))), ((2, 3, 3), ((0, 1), (1, 0), (2, 2)))]:
            for dtype in ("f32", "f64"):
                yield same(f"pad(x, {pads}, mode='{mode}')", {"x": (dtype, "reals", shape, next(seed))})
    for text in ["eye(3)", "eye(2, 4)", "arange(5)", "arange(2, 9)", "arange(1, 10, 3)", "arange(9, 1, -2)", "tri(3)", "tri(3, 4, 1)",
                 "zeros((2, 3))", "ones((2,))", "full((2, 2), 7.0)", "linspace(0, 1, 5)", "linspace(-2.0, 3.0, 7)", "meshgrid(arange(3), arange(2))",
                 "concatenate((arange(3), arange(2)))"]:
        yield same(text, {})
    rng = random.Random(5)
    for k in range(60):
        shape = tuple(rng.randrange(1, 4) for _ in range(rng.randrange(2, 5)))
        order = list(range(len(shape)))
        rng.shuffle(order)
        yield same(f"transpose(x, {tuple(order)})", {"x": ("f32", "reals", shape, next(seed))})
        yield same(f"reshape(transpose(x, {tuple(order)}), (-1,))", {"x": ("f64", "reals", shape, next(seed))})


# ---- Indexing --------------------------------------------------------------------------------------------------------


def random_slice(rng, n):
    def bound():
        return "" if rng.random() < 0.35 else str(rng.randrange(-n - 1, n + 2))

    step = rng.choice(["", "", ":1", ":2", ":-1", ":-2", ":3"])
    return f"{bound()}:{bound()}{step}"


def random_index(rng, shape):
    parts, arrays, axis = [], 0, 0
    while axis < len(shape):
        kind = rng.random()
        n = shape[axis]
        if kind < 0.4:
            parts.append(random_slice(rng, n))
        elif kind < 0.55 and n > 0:
            parts.append(str(rng.randrange(-n, n)))
        elif kind < 0.8 and n > 0:
            parts.append("[" + ", ".join(str(rng.randrange(-n, n)) for _ in range(2)) + "]")
            arrays += 1
        elif kind < 0.9 and "..." not in parts:
            parts.append("...")
            axis += rng.randrange(0, len(shape) - axis)
            continue
        else:
            parts.append("None")
            continue
        axis += 1
        if rng.random() < 0.15:
            break
    return ", ".join(parts)


def cases_index():
    seed = itertools.count(9000)
    rng = random.Random(11)
    for k in range(420):
        shape = tuple(rng.randrange(1, 5) for _ in range(rng.randrange(1, 4)))
        index = random_index(rng, shape)
        if index.count("...") > 1 or len(index) == 0:
            continue
        try:
            eval(f"x[{index}]", {"x": np.zeros(shape)})
        except IndexError:
            continue
        yield same(f"x[{index}]", {"x": (rng.choice(["f32", "f64", "i64"]) if k % 3 else "f32", "ints:-50:50", shape, next(seed))})
    for shape, mask in [((5,), (5,)), ((3, 4), (3, 4)), ((3, 4), (3,)), ((2, 3, 2), (2, 3))]:
        for dtype in ("f32", "i64"):
            for _ in range(4):
                yield same("x[m]", {"x": (dtype, "ints:-9:9", shape, next(seed)), "m": ("bool", "bools", mask, next(seed))})
    for shape in [(6,), (3, 4), (2, 3, 2)]:
        for _ in range(4):
            yield same("nonzero(x)", {"x": ("i64", "ints:-1:2", shape, next(seed))})
    for axis in (None, 0, 1, -1):
        for shape in [(3, 4), (2, 3, 2)]:
            for places in [(2,), (2, 2), ()]:
                yield same(f"take(x, i, axis={axis})", {"x": ("f32", "reals", shape, next(seed)), "i": ("i64", "ints:0:2", places, next(seed))})
    for axis in (0, 1, -1):
        for dtype in REALS:
            yield same(f"take_along_axis(x, i, axis={axis})", {"x": (dtype, "reals", (3, 4), next(seed)), "i": ("i64", "ints:0:3", (3, 4), next(seed))})

    def put(x, index, v, how):
        y = x.copy()
        if how == "set":
            y[index] = v
        else:
            np.add.at(y, index, v)
        return y

    for how in ("set", "add"):
        for text, index, shape, value in [
                ("1", 1, (4,), ()), ("1:3", np.s_[1:3], (4,), (2,)), ("::2", np.s_[::2], (5,), ()), ("::-1", np.s_[::-1], (3, 2), (3, 2)),
                ("0, :", np.s_[0, :], (3, 4), (4,)), (":, 1", np.s_[:, 1], (3, 4), (3,)), ("..., -1", np.s_[..., -1], (2, 3, 2), ()),
                ("[0, 2]", ([0, 2],), (4, 2), (2, 2)), ("[0, 2], [1, 0]", ([0, 2], [1, 0]), (3, 2), (2,)), ("1:, [0, 1]", np.s_[1:, [0, 1]], (3, 2), ())]:
            for dtype in REALS:
                yield Case(f"x[{text}].{how}(v)", {"x": (dtype, "reals", shape, next(seed)), "v": (dtype, "reals", value, next(seed))},
                           lambda x, v, i=index, h=how: put(x, i, v, h))
        yield Case(f"x[i].{how}(2.5)" if how == "set" else "x[i].add(v)", {"x": ("f32", "reals", (5, 2), next(seed)), "i": ("i64", "ints:0:5", (4,), next(seed)), "v": ("f32", "reals", (4, 2), next(seed))} if how == "add" else {"x": ("f32", "reals", (5, 2), next(seed)), "i": ("i64", "ints:0:5", (4,), next(seed))},
                   (lambda x, i, v: put(x, (i,), v, "add")) if how == "add" else (lambda x, i: put(x, (i,), 2.5, "set")))


# ---- Sorting, sets ---------------------------------------------------------------------------------------------------


def cases_sort():
    seed = itertools.count(12000)
    for name, oracle in {"sort": np.sort, "argsort": lambda x, axis: np.argsort(x, axis=axis, kind="stable")}.items():
        for shape in [(6,), (3, 4), (2, 3, 4), (1,), (0,)]:
            for axis in range(-1, len(shape)):
                for domain, dtype in (("distinct", "f32"), ("ints:0:4", "i64"), ("reals", "f64")):
                    yield Case(f"{name}(x, axis={axis})", {"x": (dtype, domain, shape, next(seed))}, lambda x, f=oracle, a=axis: f(x, axis=a))
    for shape in [(6,), (3, 5)]:
        for k in (1, 2, 4):
            def top(x, k=k):
                i = np.argsort(-x, axis=-1, kind="stable")[..., :k]
                return np.take_along_axis(x, i, -1), i
            yield Case(f"topk(x, {k})", {"x": ("f32", "distinct", shape, next(seed))}, top)
    for n in (1, 5, 12):
        for dtype in ("i64", "f32"):
            yield Case("unique(x)", {"x": (dtype, "ints:0:4", (n,), next(seed))}, lambda x: np.unique(x))
            yield Case("searchsorted(sort(x), v)", {"x": (dtype, "ints:0:9", (n,), next(seed)), "v": (dtype, "ints:-1:10", (4,), next(seed))},
                       lambda x, v: np.searchsorted(np.sort(x), v))
            yield Case("searchsorted(sort(x), v, side='right')", {"x": (dtype, "ints:0:9", (n,), next(seed)), "v": (dtype, "ints:-1:10", (2, 2), next(seed))},
                       lambda x, v: np.searchsorted(np.sort(x), v, side="right"))
    for n in (1, 6, 20):
        yield Case("bincount(x)", {"x": ("i64", "ints:0:6", (n,), next(seed))}, lambda x: np.bincount(x))
        yield Case("bincount(x, minlength=9)", {"x": ("i64", "ints:0:6", (n,), next(seed))}, lambda x: np.bincount(x, minlength=9))
        yield Case("bincount(x, weights=w)", {"x": ("i64", "ints:0:6", (n,), next(seed)), "w": ("f32", "reals", (n,), next(seed))},
                   lambda x, w: np.bincount(x, weights=w))


# ---- Products --------------------------------------------------------------------------------------------------------


def cases_product():
    seed = itertools.count(14000)
    shapes = [((2, 3), (3, 4)), ((3,), (3, 2)), ((2, 3), (3,)), ((3,), (3,)), ((2, 2, 3), (2, 3, 2)), ((2, 2, 3), (3, 2)), ((4, 1, 2, 3), (3, 3, 2)),
              ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((1, 1), (1, 1)), ((3,), (2, 3, 2)), ((2, 4, 3), (3,))]
    for a, b in shapes:
        for dtype in REALS + ["i64"]:
            domain = "ints:-5:5" if dtype == "i64" else "reals"
            yield same("a @ b", {"a": (dtype, domain, a, next(seed)), "b": (dtype, domain, b, next(seed))})
    for a, b in shapes[:4]:
        for dtype in REALS:
            yield same("dot(a, b)", {"a": (dtype, "reals", a, next(seed)), "b": (dtype, "reals", b, next(seed))})
            yield same("(b.T @ a.T)", {"a": (dtype, "reals", a, next(seed)), "b": (dtype, "reals", b, next(seed))})
    einsums = [("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ij,ij->", (2, 3), (2, 3)), ("ij,ij->i", (2, 3), (2, 3)), ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)),
               ("i,j->ij", (2,), (3,)), ("...ij,...jk->...ik", (2, 2, 3), (2, 3, 2)), ("ij,kj->ik", (2, 3), (4, 3)), ("bhqd,bhkd->bhqk", (1, 2, 3, 2), (1, 2, 4, 2)),
               ("ijk,ijk->jk", (2, 3, 2), (2, 3, 2)), ("ab,cd->abcd", (2, 2), (2, 1)), ("ij,j->i", (2, 3), (3,)), ("ji,jk->ik", (3, 2), (3, 2)), ("...i,...i->...", (2, 3), (2, 3))]
    for text, a, b in einsums:
        for dtype in REALS:
            yield same(f"einsum('{text}', a, b)", {"a": (dtype, "reals", a, next(seed)), "b": (dtype, "reals", b, next(seed))})
    for text, a in [("ij->ji", (2, 3)), ("ii", (3, 3)), ("ii->i", (3, 3)), ("ijk->ik", (2, 3, 2)), ("ij->", (2, 3)), ("...ij->...ji", (2, 2, 3)), ("i->i", (3,)), ("bii->b", (2, 3, 3))]:
        for dtype in REALS:
            yield same(f"einsum('{text}', a)", {"a": (dtype, "reals", a, next(seed))})
    yield same("einsum('ij,jk,kl->il', a, b, c)", {"a": ("f64", "reals", (2, 3), 1), "b": ("f64", "reals", (3, 4), 2), "c": ("f64", "reals", (4, 2), 3)})
    for axes, a, b in [("1", (2, 3), (3, 4)), ("2", (2, 3, 4), (3, 4, 2)), ("0", (2,), (3,)), ("((1,), (0,))", (2, 3), (3, 4)), ("((0, 1), (1, 0))", (2, 3, 4), (3, 2, 2)), ("((-1,), (0,))", (2, 3), (3,))]:
        for dtype in REALS:
            yield same(f"tensordot(a, b, axes={axes})", {"a": (dtype, "reals", a, next(seed)), "b": (dtype, "reals", b, next(seed))})
    for a, b in [((2, 2), (2, 3)), ((3,), (2,)), ((1, 2), (3, 1))]:
        for dtype in REALS:
            yield same("kron(a, b)", {"a": (dtype, "reals", a, next(seed)), "b": (dtype, "reals", b, next(seed))})
            yield same("outer(a, b)", {"a": (dtype, "reals", a, next(seed)), "b": (dtype, "reals", b, next(seed))})
    for shapes3 in [((2, 3), (3, 4), (4, 2)), ((4, 1), (1, 5), (5, 2)), ((3,), (3, 2), (2, 2))]:
        rows = {n: ("f64", "reals", s, next(seed)) for n, s in zip("abc", shapes3)}
        yield Case("multi_dot((a, b, c))", rows, lambda a, b, c: np.linalg.multi_dot([a, b, c]))


# ---- Linear algebra --------------------------------------------------------------------------------------------------


def cases_linalg():
    seed = itertools.count(17000)
    tol = {"f32": 2e-5, "f64": 1e-10}

    def one(text, oracle, *rows):
        for dtype in REALS:
            yield Case(text, {n: (dtype, d, s, next(seed)) for n, d, s in rows}, oracle, tol=tol[dtype])

    inv, sym = np.linalg.inv, (lambda a: a + np.swapaxes(a, -1, -2))
    for n in (1, 2, 3, 5):
        for batch in ((), (2,), (2, 1)):
            s = batch + (n, n)
            yield from one("cholesky(a)", lambda a: np.linalg.cholesky(a), ("a", "spd", s))
            yield from one("inv(a)", lambda a: inv(a), ("a", "spd", s))
            yield from one("det(a)", lambda a: np.linalg.det(a), ("a", "reals", s))
            yield from one("slogdet(a)", lambda a: np.linalg.slogdet(a), ("a", "spd", s))
            yield from one("solve(a, b)", lambda a, b: np.linalg.solve(a, b), ("a", "spd", s), ("b", "reals", batch + (n, 2)))
            yield from one("eigh(a)[0]", lambda a: np.linalg.eigh(a)[0], ("a", "spd", s))
            yield from one("w, v = eigh(a); v * expand_dims(w, -2) @ swapaxes(v, -1, -2)", lambda a: a, ("a", "spd", s))
            yield from one("sum(diagonal(a, axis1=-2, axis2=-1), axis=-1)", lambda a: np.trace(a, axis1=-2, axis2=-1), ("a", "reals", s))
            yield from one("expm(0.25 * a)", lambda a: __import__("scipy.linalg").linalg.expm(0.25 * a) if a.ndim == 2 else np.stack([__import__("scipy.linalg").linalg.expm(0.25 * m) for m in a.reshape(-1, *a.shape[-2:])]).reshape(a.shape), ("a", "unit", s))
        yield from one("matrix_power(a, 3)", lambda a: np.linalg.matrix_power(a, 3), ("a", "unit", (n, n)))
        yield from one("matrix_power(a, 0)", lambda a: np.linalg.matrix_power(a, 0), ("a", "unit", (n, n)))
        yield from one("matrix_power(a, -2)", lambda a: np.linalg.matrix_power(a, -2), ("a", "spd", (n, n)))
        yield from one("solve(a, b)", lambda a, b: np.linalg.solve(a, b), ("a", "spd", (n, n)), ("b", "reals", (n,)))
        yield from one("solve_triangular(tril(a), b, lower=True)", lambda a, b: np.linalg.solve(np.tril(a), b), ("a", "spd", (n, n)), ("b", "reals", (n, 2)))
        yield from one("solve_triangular(triu(a), b, lower=False)", lambda a, b: np.linalg.solve(np.triu(a), b), ("a", "spd", (n, n)), ("b", "reals", (n, 2)))
        yield from one("cho_solve(cholesky(a), b)", lambda a, b: np.linalg.solve(a, b), ("a", "spd", (n, n)), ("b", "reals", (n, 2)))
    for m, n in [(3, 2), (2, 3), (4, 4), (1, 3)]:
        for batch in ((), (2,)):
            s = batch + (m, n)
            yield from one("svd(a)[1]", lambda a: np.linalg.svd(a, compute_uv=False), ("a", "reals", s))
            yield from one("u, s, v = svd(a, full_matrices=False); u * expand_dims(s, -2) @ v", lambda a: a, ("a", "reals", s))
            yield from one("q, r = qr(a); q @ r", lambda a: a, ("a", "reals", s))
            yield from one("q, r = qr(a); abs(r)", lambda a: np.abs(np.linalg.qr(a)[1]), ("a", "reals", s))
            yield from one("pinv(a)", lambda a: np.linalg.pinv(a), ("a", "reals", s))
    yield from one("lstsq(a, b)[0]", lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0], ("a", "reals", (5, 3)), ("b", "reals", (5, 2)))
    yield from one("lstsq(a, b)[0]", lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0], ("a", "reals", (4, 2)), ("b", "reals", (4,)))
    for ordering, text in [(None, "None"), (1, "1"), (np.inf, "inf"), ("fro", "'fro'"), ("nuc", "'nuc'"), (2, "2")]:
        yield from one(f"norm(a, ord={text})", lambda a, o=ordering: np.linalg.norm(a, ord=o), ("a", "reals", (3, 4)))
    for ordering, text in [(1, "1"), (2, "2"), (3, "3"), (np.inf, "inf")]:
        yield from one(f"norm(a, ord={text})", lambda a, o=ordering: np.linalg.norm(a, ord=o), ("a", "reals", (5,)))


def cases_fft():
    seed = itertools.count(19000)

    def pair(z):
        return np.stack([z.real, z.imag], -1)

    def joined(x):
        return x[..., 0] + 1j * x[..., 1]

    for n in (1, 2, 3, 5, 8, 12):
        for batch in ((), (2,)):
            for dtype in REALS:
                tol = 5e-6 if dtype == "f32" else 1e-11
                yield Case("rfft(x)", {"x": (dtype, "reals", batch + (n,), next(seed))}, lambda x: pair(np.fft.rfft(x)), tol=tol)
                yield Case("fft(x)", {"x": (dtype, "reals", batch + (n, 2), next(seed))}, lambda x: pair(np.fft.fft(joined(x))), tol=tol)
                yield Case("ifft(x)", {"x": (dtype, "reals", batch + (n, 2), next(seed))}, lambda x: pair(np.fft.ifft(joined(x))), tol=tol)
                yield Case(f"irfft(rfft(x), n={n})", {"x": (dtype, "reals", batch + (n,), next(seed))}, lambda x: x, tol=tol)


# ---- Special functions -----------------------------------------------------------------------------------------------


def cases_special():
    import scipy.special as sp
    seed = itertools.count(21000)
    one = {"erf": ("reals", sp.erf), "erfc": ("reals", sp.erfc), "erfcx": ("reals", sp.erfcx), "erfinv": ("unit", sp.erfinv), "erfcinv": ("probability", sp.erfcinv),
           "gamma": ("positive", sp.gamma), "lgamma": ("positive", sp.gammaln), "digamma": ("positive", sp.digamma), "trigamma": ("positive", lambda x: sp.polygamma(1, x)),
           "i0": ("reals", sp.i0), "i1": ("reals", sp.i1), "j0": ("reals", sp.j0), "j1": ("reals", sp.j1), "expit": ("reals", sp.expit), "psi": ("positive", sp.psi), "gammaln": ("positive", sp.gammaln)}
    for name, (domain, f) in one.items():
        if name == "expit":
            continue
        for dtype in REALS:
            for shape in [(8,), (2, 3), ()]:
                yield Case(f"{name}(x)", {"x": (dtype, domain, shape, next(seed))}, lambda x, f=f: f(x), tol=2e-6 if dtype == "f32" else 1e-10)
    two = {"beta": ("positive", "positive", sp.beta), "lbeta": ("positive", "positive", sp.betaln), "gammainc": ("positive", "positive", sp.gammainc),
           "gammaincc": ("positive", "positive", sp.gammaincc), "xlogy": ("positive", "positive", sp.xlogy), "iv": ("positive", "positive", sp.iv), "jv": ("positive", "positive", sp.jv)}
    for name, (da, db, f) in two.items():
        for dtype in REALS:
            for a, b in [((6,), (6,)), ((2, 3), (3,)), ((), (4,))]:
                yield Case(f"{name}(a, b)", {"a": (dtype, da, a, next(seed)), "b": (dtype, db, b, next(seed))}, lambda a, b, f=f: f(a, b), tol=3e-6 if dtype == "f32" else 1e-10)
    for dtype in REALS:
        for _ in range(4):
            yield Case("betainc(a, b, x)", {"a": (dtype, "positive", (5,), next(seed)), "b": (dtype, "positive", (5,), next(seed)), "x": (dtype, "probability", (5,), next(seed))},
                       lambda a, b, x: sp.betainc(a, b, x), tol=3e-6 if dtype == "f32" else 1e-10)
            yield Case("polygamma(2, x)", {"x": (dtype, "above_one", (5,), next(seed))}, lambda x: sp.polygamma(2, x), tol=3e-6 if dtype == "f32" else 1e-10)


# ---- Networks, by PyTorch --------------------------------------------------------------------------------------------


def torch_case(text, rows, function, grad=None, tol=None, dtype=None):
    """function takes torch tensors; with grad the gradients of its scalar by these names."""
    def oracle(**x):
        import torch
        tensors = {n: torch.tensor(np.asarray(v)) for n, v in x.items()}
        for n in grad or ():
            tensors[n].requires_grad_(True)
        y = function(**tensors)
        if not grad:
            return tuple(t.detach().numpy() for t in y) if isinstance(y, tuple) else y.detach().numpy()
        y.backward()
        return tuple(tensors[n].grad.numpy() for n in grad)
    return Case(text, rows, oracle, grad=grad, tol=tol, dtype=dtype)


def both(text, rows, function, wrt, tol=None, weight=None):
    """The value, and the gradients of the sum of the square of it."""
    import torch
    real = next(r[0] for r in rows.values() if r[0] in REALS)
    tol = tol or {"f32": 1e-5, "f64": 1e-10}[real]
    yield torch_case(text, rows, function, tol=tol)
    yield torch_case(f"sum(({text}) ** 2)", rows, lambda **x: torch.sum(function(**x) ** 2), grad=wrt, tol=tol * 4)


def cases_activation():
    import torch
    import torch.nn.functional as F
    seed = itertools.count(24000)
    table = {"relu(x)": F.relu, "leaky_relu(x)": F.leaky_relu, "elu(x)": F.elu, "selu(x)": F.selu, "gelu(x)": F.gelu, "silu(x)": F.silu,
             "softsign(x)": F.softsign, "mish(x)": F.mish, "softplus(x)": F.softplus, "sigmoid(x)": torch.sigmoid, "tanh(x)": torch.tanh, "log_sigmoid(x)": F.logsigmoid,
             "softmax(x)": lambda x: F.softmax(x, -1), "log_softmax(x)": lambda x: F.log_softmax(x, -1), "softmax(x, axis=0)": lambda x: F.softmax(x, 0),
             "logsumexp(x, axis=-1)": lambda x: torch.logsumexp(x, -1), "sqrt(abs(x) + 1)": lambda x: torch.sqrt(torch.abs(x) + 1), "exp(-x**2)": lambda x: torch.exp(-x**2),
             "cumsum(x, axis=-1)": lambda x: torch.cumsum(x, -1), "cumprod(x, axis=-1)": lambda x: torch.cumprod(x, -1), "var(x, axis=-1)": lambda x: torch.var(x, -1, unbiased=False),
             "max(x, axis=-1)": lambda x: torch.amax(x, -1), "sort(x, axis=-1)": lambda x: torch.sort(x, -1)[0], "x[:, ::2]": lambda x: x[:, ::2], "x[[0, 1, 0]]": lambda x: x[[0, 1, 0]],
             "erf(x)": torch.erf, "lgamma(abs(x) + 1)": lambda x: torch.lgamma(torch.abs(x) + 1), "digamma(abs(x) + 1)": lambda x: torch.digamma(torch.abs(x) + 1), "prod(x, axis=-1)": lambda x: torch.prod(x, -1),
             "norm(x, axis=-1)": lambda x: torch.linalg.norm(x, dim=-1), "tril(x)": torch.tril, "roll(x, 1, axis=1)": lambda x: torch.roll(x, 1, 1), "x.T @ x": lambda x: x.T @ x}
    for text, f in table.items():
        for dtype in REALS:
            for shape in [(3, 4), (2, 5)]:
                rows = {"x": (dtype, "distinct", shape, next(seed))}
                yield from both(text, rows, lambda x, f=f: f(x), ["x"])


def cases_loss():
    import torch
    import torch.nn.functional as F
    seed = itertools.count(27000)
    for domain in ("reals", "big"):
        for dtype in REALS:
            for n, c in [(4, 3), (1, 5), (6, 2)]:
                def rows(**kw):
                    return {k: (d if d else dtype, dom, s, next(seed)) for k, (d, dom, s) in kw.items()}
                tol = 1e-5 if dtype == "f32" else 1e-10
                for wrt in (None, ["x"]):
                    yield torch_case("cross_entropy(x, t)", rows(x=(None, domain, (n, c)), t=("i64", f"ints:0:{c}", (n,))), lambda x, t: F.cross_entropy(x, t), grad=wrt, tol=tol)
                    yield torch_case("cross_entropy(x, softmax(t))", rows(x=(None, domain, (n, c)), t=(None, "reals", (n, c))), lambda x, t: F.cross_entropy(x, torch.softmax(t, -1)), grad=wrt, tol=tol)
                    yield torch_case("binary_cross_entropy(x, t)", rows(x=(None, domain, (n, c)), t=(None, "probability", (n, c))), lambda x, t: F.binary_cross_entropy_with_logits(x, t), grad=wrt, tol=tol)
                    yield torch_case("squared_error(x, t)", rows(x=(None, domain, (n, c)), t=(None, "reals", (n, c))), lambda x, t: F.mse_loss(x, t), grad=wrt, tol=tol)
                    yield torch_case("absolute_error(x, t)", rows(x=(None, domain, (n, c)), t=(None, "probability", (n, c))), lambda x, t: F.l1_loss(x, t), grad=wrt, tol=tol)
                    yield torch_case("huber(x, t)", rows(x=(None, domain, (n, c)), t=(None, "reals", (n, c))), lambda x, t: F.huber_loss(x, t), grad=wrt, tol=tol)
                    yield torch_case("kl_divergence(p, q)", rows(p=(None, "probability", (n, c)), q=(None, "probability", (n, c))), lambda p, q: torch.sum(p * torch.log(p / q)) / p.shape[0], grad=["p", "q"] if wrt else None, tol=tol)
                yield torch_case("softmax(x)", rows(x=(None, domain, (n, c))), lambda x: F.softmax(x, -1), tol=tol)
                yield torch_case("log_softmax(x)", rows(x=(None, domain, (n, c))), lambda x: F.log_softmax(x, -1), tol=tol)
                yield torch_case("sigmoid(x)", rows(x=(None, domain, (n, c))), torch_sigmoid, tol=tol)
                yield torch_case("softplus(x)", rows(x=(None, domain, (n, c))), lambda x: torch.logaddexp(x, torch.zeros_like(x)), tol=tol)
                yield torch_case("logsumexp(x, axis=-1)", rows(x=(None, domain, (n, c))), lambda x: torch.logsumexp(x, -1), tol=tol)


def torch_sigmoid(x):
    import torch
    return torch.sigmoid(x)


def channels_first(x):
    return x.movedim(-1, 1)


def channels_last(x):
    return x.movedim(1, -1)


def cases_conv():
    import torch
    import torch.nn.functional as F
    seed = itertools.count(30000)

    def weights(w):  # (kernel ..., in, out) -> (out, in, kernel ...)
        return w.movedim((-1, -2), (0, 1))

    functions = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
    for rank, x, k in [(1, (2, 7, 2), (3, 2, 3)), (1, (1, 5, 1), (2, 1, 2)), (2, (2, 5, 6, 2), (3, 3, 2, 3)), (2, (1, 4, 4, 1), (2, 3, 1, 2)), (3, (1, 4, 3, 4, 2), (2, 2, 2, 2, 2))]:
        for dtype in REALS:
            for stride, dilation in ((1, 1), (2, 1), (1, 2)):
                if dilation == 2 and min(x[1:-1]) < 5:
                    continue
                rows = {"x": (dtype, "reals", x, next(seed)), "w": (dtype, "reals", k, next(seed))}
                yield from both(f"conv{rank}d(x, w, stride={stride}, dilation={dilation})", rows,
                                lambda x, w, f=functions[rank], s=stride, d=dilation: channels_last(f(channels_first(x), weights(w), stride=s, dilation=d)), ["x", "w"])
            rows = {"x": (dtype, "reals", x, next(seed)), "w": (dtype, "reals", k, next(seed))}
            if all(s % 2 for s in k[:-2]):
                yield from both(f"conv{rank}d(x, w, padding='same')", rows,
                                lambda x, w, f=functions[rank]: channels_last(f(channels_first(x), weights(w), padding="same")), ["x", "w"])
    for dtype in REALS:
        rows = {"x": (dtype, "reals", (2, 5, 5, 4), next(seed)), "w": (dtype, "reals", (3, 3, 2, 6), next(seed))}
        yield from both("conv2d(x, w, groups=2)", rows, lambda x, w: channels_last(F.conv2d(channels_first(x), weights(w), groups=2)), ["x", "w"])
        for size, stride in ((2, 2), (3, 1), (2, 1)):
            for name, f in (("max_pool", F.max_pool2d), ("avg_pool", F.avg_pool2d)):
                rows = {"x": (dtype, "distinct", (2, 5, 6, 2), next(seed))}
                yield from both(f"{name}(x, size=({size}, {size}), stride=({stride}, {stride}))", rows, lambda x, f=f, n=size, s=stride: channels_last(f(channels_first(x), n, stride=s)), ["x"])


def cases_norm():
    import torch
    import torch.nn.functional as F
    seed = itertools.count(33000)
    for dtype in REALS:
        for shape in [(3, 4), (2, 3, 5), (1, 6)]:
            c = shape[-1]
            rows = {"x": (dtype, "reals", shape, next(seed)), "g": (dtype, "positive", (c,), next(seed)), "b": (dtype, "reals", (c,), next(seed))}
            yield from both("layer_norm(x, g, b)", rows, lambda x, g, b, c=c: F.layer_norm(x, (c,), g, b), ["x", "g", "b"], tol=3e-5 if dtype == "f32" else None)
    for dtype in REALS:
        for shape in [(2, 3, 4), (1, 2, 2, 3)]:
            d = shape[-1]
            rows = {n: (dtype, "reals", shape, next(seed)) for n in "qkv"}
            yield from both("scaled_dot_product_attention(q, k, v)", rows,
                            lambda q, k, v, d=d: torch.softmax(q @ k.transpose(-1, -2) / d**0.5, -1) @ v, ["q", "k", "v"], tol=3e-5 if dtype == "f32" else None)


# ---- Random programs -------------------------------------------------------------------------------------------------


def cases_programs():
    """Nested expressions over three inputs, by NumPy."""
    seed = itertools.count(36000)
    rng = random.Random(3)
    unary = ["tanh({})", "sin({})", "exp(-abs({}))", "({})**2", "sqrt(abs({}) + 1)", "maximum({}, 0.5)", "-({})", "log1p(abs({}))", "arctan({})"]
    binary = ["({} + {})", "({} - {})", "({} * {})", "({} / (1 + abs({})))", "maximum({}, {})", "minimum({}, {})", "where({} > 0, {}, 1.5)", "hypot({}, {})", "logaddexp({}, {})"]
    tails = ["{}", "sum({})", "sum({}, axis=0)", "mean({}, axis=-1)", "max({}, axis=1)", "({}).T", "({})[1:, ::2]", "cumsum({}, axis=1)", "({}) @ c", "sum({}, axis=1, keepdims=True) * a"]
    for k in range(300):
        pool = ["a", "b", "a", "b", "2.5"]
        for _ in range(rng.randrange(2, 6)):
            pool.append(rng.choice(unary).format(rng.choice(pool)) if rng.random() < 0.5 else rng.choice(binary).format(rng.choice(pool), rng.choice(pool)))
        text = rng.choice(tails).format(f"({pool[-1]} + 0 * a)")
        dtype = rng.choice(REALS)
        yield same(text, {"a": (dtype, "reals", (3, 4), next(seed)), "b": (dtype, "reals", rng.choice([(3, 4), (4,), (3, 1), ()]), next(seed)), "c": (dtype, "reals", (4, 2), next(seed))},
                   tol=1e-5 if dtype == "f32" else 1e-10)


# ---- The list --------------------------------------------------------------------------------------------------------

NAMES = {n: getattr(np, n) for n in dir(np) if not n.startswith("_")}
NEEDS = {"linalg": "scipy", "special": "scipy", "activation": "torch", "loss": "torch", "conv": "torch", "norm": "torch"}


def names():
    return sorted(n[len("cases_"):] for n in globals() if n.startswith("cases_"))


def needs(family):
    """The package that is missing, or None."""
    package = NEEDS.get(family)
    return f"python3-{package}" if package and importlib.util.find_spec(package) is None else None


def cases(family):
    return list(globals()["cases_" + family]())
