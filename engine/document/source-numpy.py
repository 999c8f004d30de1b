"""What NumPy calls the ops of a graph.

What a text uses of this is put before its model: of a name that is only another's, the other; else the
definition, with what it uses. A name that Python has itself stands with an underscore before it.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import math

import numpy as np
import scipy.linalg
import scipy.special

exp = np.exp
exp2 = np.exp2
expm1 = np.expm1
log = np.log
log2 = np.log2
log10 = np.log10
log1p = np.log1p
sqrt = np.sqrt
square = np.square
_abs = np.abs
sign = np.sign
floor = np.floor
ceil = np.ceil
trunc = np.trunc
_round = np.round
sin = np.sin
cos = np.cos
tan = np.tan
asin = np.arcsin
acos = np.arccos
atan = np.arctan
sinh = np.sinh
cosh = np.cosh
tanh = np.tanh
isnan = np.isnan
isinf = np.isinf
isfinite = np.isfinite
maximum = np.maximum
minimum = np.minimum
clip = np.clip
where = np.where
mod = np.mod
fmod = np.fmod
hypot = np.hypot
atan2 = np.arctan2
logaddexp = np.logaddexp
logical_and = np.logical_and
logical_or = np.logical_or
logical_not = np.logical_not
logical_xor = np.logical_xor
_sum = np.sum
mean = np.mean
prod = np.prod
_max = np.max
_min = np.min
var = np.var
std = np.std
cumsum = np.cumsum
_all = np.all
_any = np.any
transpose = np.transpose
expand_dims = np.expand_dims
squeeze = np.squeeze
broadcast_to = np.broadcast_to
concat = np.concatenate
cbrt = np.cbrt
asinh = np.arcsinh
acosh = np.arccosh
atanh = np.arctanh
deg2rad = np.deg2rad
rad2deg = np.rad2deg
heaviside = np.heaviside
bit_and = np.bitwise_and
bit_or = np.bitwise_or
bit_xor = np.bitwise_xor
bit_not = np.invert
shift_left = np.left_shift
shift_right = np.right_shift
floor_div = np.floor_divide
_pow = np.power
matmul = np.matmul
cumprod = np.cumprod
diagonal = np.diagonal
inv = np.linalg.inv
det = np.linalg.det
slogdet = np.linalg.slogdet
eigh = np.linalg.eigh
eigvalsh = np.linalg.eigvalsh
qr = np.linalg.qr
svd = np.linalg.svd
searchsorted = np.searchsorted
erfcx = scipy.special.erfcx
erfinv = scipy.special.erfinv
erfcinv = scipy.special.erfcinv
gamma = scipy.special.gamma
lgamma = scipy.special.gammaln
digamma = scipy.special.digamma
polygamma = scipy.special.polygamma
beta = scipy.special.beta
lbeta = scipy.special.betaln
gammainc = scipy.special.gammainc
gammaincc = scipy.special.gammaincc
betainc = scipy.special.betainc
i0 = scipy.special.i0
i1 = scipy.special.i1
iv = scipy.special.iv
j0 = scipy.special.j0
j1 = scipy.special.j1
jv = scipy.special.jv
xlogy = scipy.special.xlogy
xlog1py = scipy.special.xlog1py
logit = scipy.special.logit
expm = scipy.linalg.expm
lu = scipy.linalg.lu


def cast(x, dtype):
    return np.asarray(x).astype(dtype)


def rsqrt(x):
    return 1 / np.sqrt(x)


def reciprocal(x):
    return 1 / x


def erf(x):
    return np.vectorize(math.erf, otypes=[np.asarray(x).dtype])(x)


def erfc(x):
    return np.vectorize(math.erfc, otypes=[np.asarray(x).dtype])(x)


def divide_no_nan(a, b):
    return np.where(b == 0, 0, a / np.where(b == 0, 1, b))


def add_n(*xs):
    return sum(xs)


def identity(x):
    return x


def stop_gradient(x):
    return x


def specify_shape(x, shape):
    return x


def relu(x):
    return np.maximum(x, 0)


def sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))


def softplus(x):
    return np.logaddexp(0, x)


def softsign(x):
    return x / (1 + np.abs(x))


def silu(x):
    return x * np.exp(-np.logaddexp(0, -x))


def mish(x):
    return x * np.tanh(np.logaddexp(0, x))


def gelu(x):
    return x * 0.5 * (1 + np.vectorize(math.erf, otypes=[x.dtype])(x * 0.5**0.5))


def selu(x):
    return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))


def relu6(x):
    return np.clip(x, 0, 6)


def elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.expm1(x))


def leaky_relu(x, slope=0.01):
    return np.where(x > 0, x, slope * x)


def hard_sigmoid(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def hard_tanh(x):
    return np.clip(x, -1, 1)


def squared_relu(x):
    return np.maximum(x, 0)**2


def argmax(x, axis=None, keepdims=False):
    return np.argmax(x, axis, keepdims=keepdims)


def argmin(x, axis=None, keepdims=False):
    return np.argmin(x, axis, keepdims=keepdims)


def l2_norm(x, axis=None, keepdims=False):
    return np.sqrt(np.sum(x * x, axis, keepdims=keepdims))


def logsumexp(x, axis=None, keepdims=False):
    m = np.max(x, axis, keepdims=True)
    y = m + np.log(np.sum(np.exp(x - m), axis, keepdims=True))
    return y if keepdims else np.squeeze(y, axis)


def reshape(x, shape):
    return np.reshape(x, shape)


def iota(n, dtype=np.int64):
    return np.arange(n, dtype=dtype)


def one_hot(labels, n, dtype=np.float32):
    return (labels[..., None] == np.arange(n)).astype(dtype)


def softmax(x, axis=-1):
    e = np.exp(x - np.max(x, axis, keepdims=True))
    return e / np.sum(e, axis, keepdims=True)


def log_softmax(x, axis=-1):
    z = x - np.max(x, axis, keepdims=True)
    return z - np.log(np.sum(np.exp(z), axis, keepdims=True))


def cross_entropy(logits, labels):
    z = logits - np.max(logits, -1, keepdims=True)
    p = z - np.log(np.sum(np.exp(z), -1, keepdims=True))
    if labels.ndim == logits.ndim:
        return -np.mean(np.sum(labels * p, -1))
    return -np.mean(np.take_along_axis(p, labels[..., None].astype(int), -1))


def binary_cross_entropy(logits, targets):
    return np.mean(np.logaddexp(0, logits) - logits * targets.reshape(logits.shape))


def squared_error(prediction, target):
    return np.mean((prediction - np.reshape(target, prediction.shape))**2)


def absolute_error(prediction, target):
    return np.mean(np.abs(prediction - np.reshape(target, prediction.shape)))


def huber(prediction, target, delta=1.0):
    d = np.abs(prediction - np.reshape(target, prediction.shape))
    return np.mean(np.where(d < delta, 0.5 * d * d, delta * (d - 0.5 * delta)))


def hinge(prediction, target):
    return np.mean(np.maximum(0, 1 - prediction * np.reshape(target, prediction.shape)))


def kl_divergence(p, q):
    return np.mean(np.sum(p * np.log(p / q), -1))


def accuracy(predictions, labels, threshold=0.0):
    if predictions.ndim == labels.ndim or predictions.shape[-1] == 1:
        return np.mean((predictions.reshape(labels.shape) > threshold) == (labels > 0.5), dtype=np.float32)
    return np.mean(np.argmax(predictions, -1) == labels, dtype=np.float32)


def standardize(x, axis=-1, epsilon=1e-5, centre=True):
    d = x - np.mean(x, axis, keepdims=True) if centre else x
    return d / np.sqrt(np.mean(d * d, axis, keepdims=True) + epsilon)


def _windows(x, size, stride, dilation, padding, pads, fill):
    n = x.ndim - 2
    size, stride, dilation = (v if isinstance(v, tuple) else (v,) * n for v in (size, stride, dilation))
    around = [(0, 0)]
    for i in range(n):
        reach = (size[i] - 1) * dilation[i]
        q = pads if pads is None or isinstance(pads, tuple) else (pads,) * n
        total = max((-(-x.shape[1 + i] // stride[i]) - 1) * stride[i] + reach + 1 - x.shape[1 + i], 0)
        if q is not None:
            around.append((q[i], q[i]) if len(q) == n else (q[2 * i], q[2 * i + 1]))
        else:
            around.append({"valid": (0, 0), "same": (total // 2, total - total // 2),
                           "full": (reach, reach), "causal": (reach, 0)}[padding])
    x = np.pad(x, around + [(0, 0)], constant_values=fill)
    spans = tuple((s - 1) * d + 1 for s, d in zip(size, dilation))
    v = np.lib.stride_tricks.sliding_window_view(x, spans, tuple(range(1, n + 1)))
    every = slice(None)
    return v[(every,) + tuple(slice(None, None, s) for s in stride) + (every,) + tuple(slice(None, None, d) for d in dilation)]


def conv(x, w, stride=1, padding="valid", pads=None, dilation=1, groups=1, axes=0):
    n = x.ndim - 2
    v = _windows(x, w.shape[:n], stride, dilation, padding, pads, 0)
    taps = list(range(n + 2, 2 * n + 2)) + [n + 1], list(range(n + 1))
    parts = zip(np.split(v, groups, n + 1), np.split(w, groups, n + 1))
    return np.concatenate([np.tensordot(a, b, taps) for a, b in parts], -1)


def max_pool(x, size=2, stride=None, padding="valid", pads=None, dilation=1, axes=0):
    v = _windows(x, size, size if stride is None else stride, dilation, padding, pads, -np.inf)
    return np.max(v, tuple(range(x.ndim, v.ndim)))


def avg_pool(x, size=2, stride=None, padding="valid", pads=None, dilation=1, count_padding=False, axes=0):
    v = _windows(x, size, size if stride is None else stride, dilation, padding, pads, 0)
    taps = tuple(range(x.ndim, v.ndim))
    if count_padding:
        return np.mean(v, taps)
    n = _windows(np.ones_like(x), size, size if stride is None else stride, dilation, padding, pads, 0)
    return np.sum(v, taps) / np.sum(n, taps)


def round_half_away(x):
    return np.copysign(np.floor(np.abs(x) + 0.5), x)


def log1mexp(x):
    return np.where(x > -math.log(2), np.log(-np.expm1(x)), np.log1p(-np.exp(x)))


def xlogx(x):
    return scipy.special.xlogy(x, x)


def log_cosh(x):
    return np.logaddexp(x, -x) - math.log(2)


def log_erfc(x):
    return np.where(x > 0, np.log(scipy.special.erfcx(np.maximum(x, 0))) - x * x, np.log(scipy.special.erfc(x)))


def trigamma(x):
    return scipy.special.polygamma(1, x)


def grad_scale(x, scale=1.0):
    return x


def grad_clip(x, low=-1.0, high=1.0):
    return x


def nan_to_num(x, nan=0.0):
    return np.nan_to_num(x, nan=nan)


def hard_swish(x):
    return x * np.clip(x + 3, 0, 6) / 6


def squareplus(x):
    return (x + np.sqrt(x * x + 4)) / 2


def celu(x, alpha=1.0):
    return np.maximum(x, 0) + np.minimum(0, alpha * np.expm1(x / alpha))


def soft_shrink(x, threshold=0.5):
    return np.sign(x) * np.maximum(np.abs(x) - threshold, 0)


def hard_shrink(x, threshold=0.5):
    return np.where(np.abs(x) > threshold, x, 0)


def prelu(x, slope):
    return np.where(x > 0, x, slope * x)


def dropout(x, rate=0.5):
    return x


def logcumsumexp(x, axis=-1):
    return np.logaddexp.accumulate(x, axis)


def linear_recurrence(x, a, axis=-1, backwards=False):
    x, a = (np.moveaxis(v, axis, 0) for v in np.broadcast_arrays(x, a))
    y = np.zeros_like(x)
    state = 0
    for t in reversed(range(len(x))) if backwards else range(len(x)):
        state = y[t] = x[t] + a[t] * state
    return np.moveaxis(y, 0, axis)


def sort(x, axis=-1, descending=False):
    return np.take_along_axis(x, argsort(x, axis, descending), axis)


def argsort(x, axis=-1, descending=False):
    if not descending:
        return np.argsort(x, axis, kind="stable")
    return x.shape[axis] - 1 - np.flip(np.argsort(np.flip(x, axis), axis, kind="stable"), axis)


def topk(x, k, axis=-1, largest=True):
    places = np.take(argsort(x, axis, largest), range(k), axis)
    return np.take_along_axis(x, places, axis), places


def nonzero_at(x, n):
    return np.argwhere(x)[:n].T


def pad_constant(x, value, before, after):
    return np.pad(x, list(zip(before, after)), constant_values=value)


def cholesky(a, upper=False):
    l = np.linalg.cholesky(a)
    return np.swapaxes(l, -1, -2) if upper else l


def solve(a, b):
    return np.linalg.solve(a, b[..., None])[..., 0] if b.ndim == a.ndim - 1 else np.linalg.solve(a, b)


def solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False):
    a = np.tril(a) if lower else np.triu(a)
    if unit_diagonal:
        a = a - a * np.eye(a.shape[-1], dtype=a.dtype) + np.eye(a.shape[-1], dtype=a.dtype)
    return solve(np.swapaxes(a, -1, -2) if trans else a, b)


def pinv(a, rcond=None):
    return np.linalg.pinv(a) if rcond is None else np.linalg.pinv(a, rcond)


def least_squares(a, b, rcond=None):
    return pinv(a, rcond) @ b


def svdvals(a):
    return np.linalg.svd(a, compute_uv=False)


def eig(a):
    values, vectors = np.linalg.eig(a)
    return values.real, values.imag, vectors.real, vectors.imag


def eigvals(a):
    values = np.linalg.eigvals(a)
    return values.real, values.imag


def _complex(x):
    return x[..., 0] + 1j * x[..., 1]


def _parts(z):
    return np.stack([z.real, z.imag], -1)


def fft(x, n=None, axis=-1, norm="backward"):
    return _parts(np.fft.fft(_complex(x), n, axis, norm))


def ifft(x, n=None, axis=-1, norm="backward"):
    return _parts(np.fft.ifft(_complex(x), n, axis, norm))


def rfft(x, n=None, axis=-1, norm="backward"):
    return _parts(np.fft.rfft(x, n, axis, norm))


def irfft(x, n=None, axis=-1, norm="backward"):
    return np.fft.irfft(_complex(x), n, axis, norm)


def conv_transpose(x, w, stride=1, padding="valid", pads=None, dilation=1, groups=1, output_padding=0, axes=0):
    n = x.ndim - 2
    stride, dilation, more = (v if isinstance(v, tuple) else (v,) * n for v in (stride, dilation, output_padding))
    reach = [(w.shape[i] - 1) * dilation[i] for i in range(n)]
    begin, size = [], []
    for i in range(n):
        full = (x.shape[1 + i] - 1) * stride[i] + reach[i] + 1
        q = pads if pads is None or isinstance(pads, tuple) else (pads,) * n
        cut = full - x.shape[1 + i] * stride[i]
        if q is not None:
            low, high = (q[i], q[i]) if len(q) == n else (q[2 * i], q[2 * i + 1])
        else:
            low, high = {"valid": (0, 0), "same": (max(cut, 0) // 2, cut - max(cut, 0) // 2),
                         "full": (reach[i], reach[i]), "causal": (reach[i], 0)}[padding]
        begin.append(low)
        size.append(full - low - high + (more[i] if padding != "same" or q is not None else 0))
    room = [(x.shape[1 + i] - 1) * stride[i] + reach[i] + 1 + size[i] for i in range(n)]
    y = np.zeros((x.shape[0], *room, w.shape[-2] * groups), x.dtype)
    for tap in np.ndindex(*w.shape[:n]):
        places = tuple(slice(t * d, t * d + (x.shape[1 + i] - 1) * s + 1, s)
                       for i, (t, d, s) in enumerate(zip(tap, dilation, stride)))
        parts = zip(np.split(x, groups, -1), np.split(w[tap], groups, -1))
        y[(slice(None), *places)] += np.concatenate([a @ b.T for a, b in parts], -1)
    return y[(slice(None), *(slice(b, b + s) for b, s in zip(begin, size)))]


def im2col(x, size=3, stride=1, padding="valid", pads=None, dilation=1):
    n = x.ndim - 2
    size = size if isinstance(size, tuple) else (size,) * n
    v = np.moveaxis(_windows(x, size, stride, dilation, padding, pads, 0), n + 1, -1)
    return v.reshape(*v.shape[:n + 1], -1)


def upsample(x, scale=2, mode="nearest", axes=0):
    n = x.ndim - 2
    for i, factor in enumerate(scale if isinstance(scale, tuple) else (scale,) * n):
        size = x.shape[1 + i]
        if mode == "nearest":
            x = np.repeat(x, factor, 1 + i)
            continue
        place = np.clip((np.arange(size * factor) + 0.5) / factor - 0.5, 0, size - 1)
        low = place.astype(int)
        part = (place - low).astype(x.dtype).reshape((-1,) + (1,) * (x.ndim - 2 - i))
        x = np.take(x, low, 1 + i) * (1 - part) + np.take(x, np.minimum(low + 1, size - 1), 1 + i) * part
    return x


class _At:
    def __init__(self, x, index=None):
        self.x, self.index = np.array(x), index

    def __getitem__(self, index):
        return _At(self.x, index)

    def set(self, v):
        self.x[self.index] = v
        return self.x

    def add(self, v):
        np.add.at(self.x, self.index, v)
        return self.x

    def mul(self, v):
        np.multiply.at(self.x, self.index, v)
        return self.x

    def min(self, v):
        np.minimum.at(self.x, self.index, v)
        return self.x

    def max(self, v):
        np.maximum.at(self.x, self.index, v)
        return self.x


def loop(xs, step, steps, sequences=0, states=0, until=False, backwards=False):
    rows, state, fixed = xs[:sequences], tuple(xs[sequences:sequences + states]), xs[sequences + states:]
    stacks, done = None, 0
    for t in reversed(range(steps)) if backwards else range(steps):
        made = step(*(x[t] for x in rows), *state, *fixed)
        made, stop = (made[:-1], made[-1]) if until else (made, False)
        if stacks is None:
            stacks = [np.zeros((steps, *np.shape(v)), np.result_type(v)) for v in made]
        for stack, v in zip(stacks, made):
            stack[t] = v
        state, done = made[:states], done + 1
        if stop:
            break
    return (*state, *(stacks or [np.zeros((0, *np.shape(v))) for v in state]), done)


def branch(condition, xs, then, otherwise):
    made = then(*xs) if condition else otherwise(*xs)
    return made if len(made) > 1 else made[0]


def watch(x, message=""):
    return x


def _print(x, message=""):
    print(message, x)
    return x


def _assert(x, condition, message=""):
    if not np.all(condition):
        raise AssertionError(message)
    return x


def breakpoint(x, condition, message=""):
    return x


def uniform(shape, low=0.0, high=1.0, dtype=np.float32, seed=None):
    return np.random.default_rng(seed).uniform(low, high, shape).astype(dtype)


def normal(shape, mean=0.0, std=1.0, dtype=np.float32, seed=None):
    return np.random.default_rng(seed).normal(mean, std, shape).astype(dtype)


def bernoulli(shape, p=0.5, dtype=np.float32, seed=None):
    return (np.random.default_rng(seed).random(shape) < p).astype(dtype)


def exponential(shape, scale=1.0, dtype=np.float32, seed=None):
    return np.random.default_rng(seed).exponential(scale, shape).astype(dtype)


def laplace(shape, loc=0.0, scale=1.0, dtype=np.float32, seed=None):
    return np.random.default_rng(seed).laplace(loc, scale, shape).astype(dtype)


def cauchy(shape, loc=0.0, scale=1.0, dtype=np.float32, seed=None):
    return (loc + scale * np.random.default_rng(seed).standard_cauchy(shape)).astype(dtype)


def gumbel(shape, loc=0.0, scale=1.0, dtype=np.float32, seed=None):
    return np.random.default_rng(seed).gumbel(loc, scale, shape).astype(dtype)


def permutation(n, seed=None):
    return np.random.default_rng(seed).permutation(n)


def standard_gamma(concentration, shape=None, seed=None):
    return np.random.default_rng(seed).standard_gamma(concentration, shape)


def poisson(rate, shape=None, dtype=np.int64, seed=None):
    return np.random.default_rng(seed).poisson(rate, shape).astype(dtype)


def binomial(n, p, shape=None, dtype=np.int64, seed=None):
    return np.random.default_rng(seed).binomial(n, p, shape).astype(dtype)


def integers(low, high, shape=None, dtype=np.int64, seed=None):
    return np.random.default_rng(seed).integers(low, high, shape, dtype)
