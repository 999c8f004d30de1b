"""What PyTorch calls the ops of a graph.

What a text uses of this is put before its model: of a name that is only another's, the other; else the
definition, with what it uses. A name that Python has itself stands with an underscore before it.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import math

import torch

exp = torch.exp
exp2 = torch.exp2
expm1 = torch.expm1
log = torch.log
log2 = torch.log2
log10 = torch.log10
log1p = torch.log1p
sqrt = torch.sqrt
rsqrt = torch.rsqrt
square = torch.square
_abs = torch.abs
sign = torch.sign
reciprocal = torch.reciprocal
floor = torch.floor
ceil = torch.ceil
trunc = torch.trunc
_round = torch.round
sin = torch.sin
cos = torch.cos
tan = torch.tan
asin = torch.asin
acos = torch.acos
atan = torch.atan
sinh = torch.sinh
cosh = torch.cosh
tanh = torch.tanh
isnan = torch.isnan
isinf = torch.isinf
isfinite = torch.isfinite
erf = torch.erf
erfc = torch.erfc
mod = torch.remainder
fmod = torch.fmod
logical_and = torch.logical_and
logical_or = torch.logical_or
logical_not = torch.logical_not
logical_xor = torch.logical_xor
relu = torch.relu
sigmoid = torch.sigmoid
silu = torch.nn.functional.silu
mish = torch.nn.functional.mish
gelu = torch.nn.functional.gelu
selu = torch.selu
relu6 = torch.nn.functional.relu6
reshape = torch.reshape
asinh = torch.asinh
acosh = torch.acosh
atanh = torch.atanh
deg2rad = torch.deg2rad
rad2deg = torch.rad2deg
bit_and = torch.bitwise_and
bit_or = torch.bitwise_or
bit_xor = torch.bitwise_xor
bit_not = torch.bitwise_not
shift_left = torch.bitwise_left_shift
shift_right = torch.bitwise_right_shift
floor_div = torch.floor_divide
_pow = torch.pow
matmul = torch.matmul
erfcx = torch.special.erfcx
erfinv = torch.erfinv
lgamma = torch.lgamma
digamma = torch.digamma
i0 = torch.i0
i1 = torch.special.i1
j0 = torch.special.bessel_j0
j1 = torch.special.bessel_j1
hard_swish = torch.nn.functional.hardswish
inv = torch.linalg.inv
det = torch.linalg.det
slogdet = torch.linalg.slogdet
eigh = torch.linalg.eigh
eigvalsh = torch.linalg.eigvalsh
qr = torch.linalg.qr
svdvals = torch.linalg.svdvals
lu = torch.linalg.lu
expm = torch.linalg.matrix_exp


def _t(x):
    return torch.as_tensor(x)


def _same(a, b):
    a, b = _t(a), _t(b)
    dtype = torch.result_type(a, b)
    return a.to(dtype), b.to(dtype)


def _axes(x, axis):
    return tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)


def cast(x, dtype):
    return _t(x).to(dtype)


def maximum(a, b):
    return torch.maximum(*_same(a, b))


def minimum(a, b):
    return torch.minimum(*_same(a, b))


def clip(x, low, high):
    return torch.minimum(*_same(torch.maximum(*_same(x, low)), high))


def where(condition, a, b):
    return torch.where(condition, *_same(a, b))


def divide_no_nan(a, b):
    return torch.where(b == 0, torch.zeros_like(a / b), a / b)


def hypot(a, b):
    return torch.hypot(*_same(a, b))


def atan2(a, b):
    return torch.atan2(*_same(a, b))


def logaddexp(a, b):
    return torch.logaddexp(*_same(a, b))


def add_n(*xs):
    return sum(xs)


def identity(x):
    return x


def stop_gradient(x):
    return x.detach()


def specify_shape(x, shape):
    return x


def softplus(x):
    return torch.logaddexp(torch.zeros_like(x), x)


def softsign(x):
    return x / (1 + torch.abs(x))


def elu(x, alpha=1.0):
    return torch.nn.functional.elu(x, alpha)


def leaky_relu(x, slope=0.01):
    return torch.nn.functional.leaky_relu(x, slope)


def hard_sigmoid(x):
    return torch.clip(0.2 * x + 0.5, 0, 1)


def hard_tanh(x):
    return torch.clip(x, -1, 1)


def squared_relu(x):
    return torch.relu(x)**2


def _sum(x, axis=None, keepdims=False, dtype=None):
    return torch.sum(x, _axes(x, axis), keepdims, dtype=dtype)


def mean(x, axis=None, keepdims=False, dtype=None):
    return torch.mean(x, _axes(x, axis), keepdims, dtype=dtype)


def prod(x, axis=None, keepdims=False, dtype=None):
    for a in sorted(_axes(x, axis), reverse=True):
        x = torch.prod(x, a, keepdims)
    return x


def _max(x, axis=None, keepdims=False):
    return torch.amax(x, _axes(x, axis), keepdims)


def _min(x, axis=None, keepdims=False):
    return torch.amin(x, _axes(x, axis), keepdims)


def var(x, axis=None, keepdims=False, ddof=0):
    d = x - torch.mean(x, _axes(x, axis), True)
    n = x.numel() / torch.sum(d, _axes(x, axis)).numel()
    return torch.sum(d * d, _axes(x, axis), keepdims) / (n - ddof)


def std(x, axis=None, keepdims=False, ddof=0):
    d = x - torch.mean(x, _axes(x, axis), True)
    n = x.numel() / torch.sum(d, _axes(x, axis)).numel()
    return torch.sqrt(torch.sum(d * d, _axes(x, axis), keepdims) / (n - ddof))


def argmax(x, axis=None, keepdims=False):
    return torch.argmax(x, axis, keepdims)


def argmin(x, axis=None, keepdims=False):
    return torch.argmin(x, axis, keepdims)


def l2_norm(x, axis=None, keepdims=False):
    return torch.sqrt(torch.sum(x * x, _axes(x, axis), keepdims))


def logsumexp(x, axis=None, keepdims=False):
    return torch.logsumexp(x, _axes(x, axis), keepdims)


def cumsum(x, axis=None, dtype=None):
    return torch.cumsum(x.reshape(-1) if axis is None else x, axis or 0, dtype=dtype)


def transpose(x, axes=None):
    return x.permute(tuple(reversed(range(x.ndim))) if axes is None else axes)


def expand_dims(x, axis):
    axes = (axis,) if isinstance(axis, int) else axis
    n = x.ndim + len(axes)
    for a in sorted(a % n for a in axes):
        x = x.unsqueeze(a)
    return x


def squeeze(x, axis=None):
    for a in sorted((a % x.ndim for a in _axes(x, axis) if x.shape[a] == 1), reverse=True):
        x = x.squeeze(a)
    return x


def broadcast_to(x, shape):
    return torch.broadcast_to(_t(x), shape)


def concat(xs, axis=0):
    return torch.cat(xs, axis)


def iota(n, dtype=torch.int64):
    return torch.arange(n, dtype=dtype)


def one_hot(labels, n, dtype=torch.float32):
    return (labels[..., None] == torch.arange(n)).to(dtype)


def softmax(x, axis=-1):
    return torch.softmax(x, axis)


def log_softmax(x, axis=-1):
    return torch.log_softmax(x, axis)


def cross_entropy(logits, labels):
    p = torch.log_softmax(logits, -1)
    if labels.ndim == logits.ndim:
        return -torch.mean(torch.sum(labels * p, -1))
    return -torch.mean(torch.gather(p, -1, labels[..., None].long()))


def binary_cross_entropy(logits, targets):
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, targets.reshape(logits.shape).to(logits.dtype))


def squared_error(prediction, target):
    return torch.mean((prediction - target.reshape(prediction.shape))**2)


def absolute_error(prediction, target):
    return torch.mean(torch.abs(prediction - target.reshape(prediction.shape)))


def huber(prediction, target, delta=1.0):
    return torch.nn.functional.huber_loss(prediction, target.reshape(prediction.shape), delta=delta)


def hinge(prediction, target):
    return torch.mean(torch.relu(1 - prediction * target.reshape(prediction.shape)))


def kl_divergence(p, q):
    return torch.mean(torch.sum(p * torch.log(p / q), -1))


def accuracy(predictions, labels, threshold=0.0):
    if predictions.ndim == labels.ndim or predictions.shape[-1] == 1:
        return torch.mean(((predictions.reshape(labels.shape) > threshold) == (labels > 0.5)).float())
    return torch.mean((torch.argmax(predictions, -1) == labels).float())


def standardize(x, axis=-1, epsilon=1e-5, centre=True):
    d = x - torch.mean(x, axis, True) if centre else x
    return d / torch.sqrt(torch.mean(d * d, axis, True) + epsilon)


def _windows(x, size, stride, dilation, padding, pads, fill):
    n = x.ndim - 2
    size, stride, dilation = (v if isinstance(v, tuple) else (v,) * n for v in (size, stride, dilation))
    around = [0, 0]
    for i in reversed(range(n)):
        reach = (size[i] - 1) * dilation[i]
        q = pads if pads is None or isinstance(pads, tuple) else (pads,) * n
        total = max((-(-x.shape[1 + i] // stride[i]) - 1) * stride[i] + reach + 1 - x.shape[1 + i], 0)
        if q is not None:
            around += (q[i], q[i]) if len(q) == n else (q[2 * i], q[2 * i + 1])
        else:
            around += {"valid": (0, 0), "same": (total // 2, total - total // 2),
                       "full": (reach, reach), "causal": (reach, 0)}[padding]
    x = torch.nn.functional.pad(x, around, value=fill)
    for i in range(n):
        x = x.unfold(1 + i, (size[i] - 1) * dilation[i] + 1, stride[i])[..., ::dilation[i]]
    return x


def conv(x, w, stride=1, padding="valid", pads=None, dilation=1, groups=1, axes=0):
    n = x.ndim - 2
    if padding == "valid" and pads is None:
        f = (torch.nn.functional.conv1d, torch.nn.functional.conv2d, torch.nn.functional.conv3d)[n - 1]
        return f(x.movedim(-1, 1), w.permute(n + 1, n, *range(n)), None, stride, 0, dilation, groups).movedim(1, -1)
    v = _windows(x, tuple(w.shape[:n]), stride, dilation, padding, pads, 0.0)
    taps = list(range(n + 2, 2 * n + 2)) + [n + 1], list(range(n + 1))
    parts = zip(torch.chunk(v, groups, n + 1), torch.chunk(w, groups, n + 1))
    return torch.cat([torch.tensordot(a, b, taps) for a, b in parts], -1)


def max_pool(x, size=2, stride=None, padding="valid", pads=None, dilation=1, axes=0):
    v = _windows(x, size, size if stride is None else stride, dilation, padding, pads, -float("inf"))
    return torch.amax(v, tuple(range(x.ndim, v.ndim)))


def avg_pool(x, size=2, stride=None, padding="valid", pads=None, dilation=1, count_padding=False, axes=0):
    v = _windows(x, size, size if stride is None else stride, dilation, padding, pads, 0.0)
    taps = tuple(range(x.ndim, v.ndim))
    if count_padding:
        return torch.mean(v, taps)
    n = _windows(torch.ones_like(x), size, size if stride is None else stride, dilation, padding, pads, 0.0)
    return torch.sum(v, taps) / torch.sum(n, taps)


def _all(x, axis=None, keepdims=False):
    for a in sorted((a % x.ndim for a in _axes(x, axis)), reverse=True):
        x = torch.all(x, a, keepdims)
    return x


def _any(x, axis=None, keepdims=False):
    for a in sorted((a % x.ndim for a in _axes(x, axis)), reverse=True):
        x = torch.any(x, a, keepdims)
    return x


def cbrt(x):
    return torch.sign(x) * torch.abs(x)**(1 / 3)


def heaviside(a, b):
    return torch.heaviside(*_same(a, b))


def round_half_away(x):
    return torch.copysign(torch.floor(torch.abs(x) + 0.5), x)


def log1mexp(x):
    return torch.where(x > -math.log(2), torch.log(-torch.expm1(x)), torch.log1p(-torch.exp(x)))


def logit(x):
    return torch.log(x) - torch.log1p(-x)


def xlogx(x):
    return torch.xlogy(x, x)


def xlogy(a, b):
    return torch.xlogy(*_same(a, b))


def xlog1py(a, b):
    return torch.special.xlog1py(*_same(a, b))


def log_cosh(x):
    return torch.logaddexp(x, -x) - math.log(2)


def log_erfc(x):
    return torch.where(x > 0, torch.log(torch.special.erfcx(torch.clip(x, min=0))) - x * x, torch.log(torch.special.erfc(x)))


def erfcinv(x):
    return -torch.special.ndtri(x / 2) / math.sqrt(2)


def gamma(x):
    sign = torch.where((x < 0) & (torch.floor(x) % 2 != 0), -1, 1)
    return sign * torch.exp(torch.lgamma(x))


def trigamma(x):
    return torch.polygamma(1, x)


def beta(a, b):
    return torch.exp(lbeta(a, b))


def lbeta(a, b):
    a, b = _same(a, b)
    return torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b)


def gammainc(a, x):
    return torch.special.gammainc(*_same(a, x))


def gammaincc(a, x):
    return torch.special.gammaincc(*_same(a, x))


def grad_scale(x, scale=1.0):
    return x.detach() + scale * (x - x.detach())


def grad_clip(x, low=-1.0, high=1.0):
    if x.requires_grad:
        x = x + 0
        x.register_hook(lambda g: torch.clip(g, low, high))
    return x


def nan_to_num(x, nan=0.0):
    return torch.nan_to_num(x, nan)


def squareplus(x):
    return (x + torch.sqrt(x * x + 4)) / 2


def celu(x, alpha=1.0):
    return torch.nn.functional.celu(x, alpha)


def soft_shrink(x, threshold=0.5):
    return torch.nn.functional.softshrink(x, threshold)


def hard_shrink(x, threshold=0.5):
    return torch.nn.functional.hardshrink(x, threshold)


def prelu(x, slope):
    return torch.where(x > 0, x, slope * x)


def dropout(x, rate=0.5):
    return x


def cumprod(x, axis=None, dtype=None):
    return torch.cumprod(x.reshape(-1) if axis is None else x, axis or 0, dtype=dtype)


def logcumsumexp(x, axis=-1):
    return torch.logcumsumexp(x, axis)


def linear_recurrence(x, a, axis=-1, backwards=False):
    x, a = (v.movedim(axis, 0) for v in torch.broadcast_tensors(*_same(x, a)))
    y, state = [], 0
    for t in reversed(range(len(x))) if backwards else range(len(x)):
        state = x[t] + a[t] * state
        y.append(state)
    return torch.stack(y[::-1] if backwards else y).movedim(0, axis)


def sort(x, axis=-1, descending=False):
    return torch.sort(x, stable=True, dim=axis, descending=descending).values


def argsort(x, axis=-1, descending=False):
    return torch.sort(x, stable=True, dim=axis, descending=descending).indices


def topk(x, k, axis=-1, largest=True):
    values, places = torch.sort(x, stable=True, dim=axis, descending=largest)
    return values.narrow(axis, 0, k), places.narrow(axis, 0, k)


def searchsorted(a, v, side="left"):
    a, v = _same(a, v)
    return torch.searchsorted(a, v.contiguous(), side=side)


def nonzero_at(x, n):
    return torch.nonzero(x)[:n].T


def pad_constant(x, value, before, after):
    around = [n for pair in reversed(list(zip(before, after))) for n in pair]
    return torch.nn.functional.pad(x, around, value=float(value))


def diagonal(x, offset=0, axis1=0, axis2=1):
    return torch.diagonal(x, offset, axis1, axis2)


def cholesky(a, upper=False):
    return torch.linalg.cholesky(a, upper=upper)


def solve(a, b):
    return torch.linalg.solve(a, b[..., None])[..., 0] if b.ndim == a.ndim - 1 else torch.linalg.solve(a, b)


def solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False):
    if b.ndim == a.ndim - 1:
        return solve_triangular(a, b[..., None], trans, lower, unit_diagonal)[..., 0]
    if trans:
        a, lower = a.mT, not lower
    return torch.linalg.solve_triangular(a, b, upper=not lower, unitriangular=unit_diagonal)


def pinv(a, rcond=None):
    return torch.linalg.pinv(a, rtol=rcond)


def least_squares(a, b, rcond=None):
    return torch.linalg.pinv(a, rtol=rcond) @ b


def svd(a, full_matrices=True):
    return torch.linalg.svd(a, full_matrices)


def eig(a):
    values, vectors = torch.linalg.eig(a)
    return values.real, values.imag, vectors.real, vectors.imag


def eigvals(a):
    values = torch.linalg.eigvals(a)
    return values.real, values.imag


def fft(x, n=None, axis=-1, norm="backward"):
    return torch.view_as_real(torch.fft.fft(torch.view_as_complex(x.contiguous()), n, axis, norm))


def ifft(x, n=None, axis=-1, norm="backward"):
    return torch.view_as_real(torch.fft.ifft(torch.view_as_complex(x.contiguous()), n, axis, norm))


def rfft(x, n=None, axis=-1, norm="backward"):
    return torch.view_as_real(torch.fft.rfft(x, n, axis, norm))


def irfft(x, n=None, axis=-1, norm="backward"):
    return torch.fft.irfft(torch.view_as_complex(x.contiguous()), n, axis, norm)


def conv_transpose(x, w, stride=1, padding="valid", pads=None, dilation=1, groups=1, output_padding=0, axes=0):
    n = x.ndim - 2
    stride, dilation, more = (v if isinstance(v, tuple) else (v,) * n for v in (stride, dilation, output_padding))
    f = (torch.nn.functional.conv_transpose1d, torch.nn.functional.conv_transpose2d, torch.nn.functional.conv_transpose3d)[n - 1]
    # Weft's (axes, channels out of a group, channels in) as PyTorch's (channels in, channels out of a group, axes).
    y = f(x.movedim(-1, 1), w.permute(n + 1, n, *range(n)), None, stride, 0, 0, groups, dilation)
    for i in range(n):
        reach = (w.shape[i] - 1) * dilation[i]
        full = y.shape[2 + i]
        q = pads if pads is None or isinstance(pads, tuple) else (pads,) * n
        cut = full - x.shape[1 + i] * stride[i]
        half = cut // 2 if cut > 0 else 0
        if q is not None:
            low, high = (q[i], q[i]) if len(q) == n else (q[2 * i], q[2 * i + 1])
        else:
            low, high = {"valid": (0, 0), "same": (half, cut - half), "full": (reach, reach), "causal": (reach, 0)}[padding]
        size = full - low - high + (more[i] if padding != "same" or q is not None else 0)
        room = [0, 0] * (n - 1 - i) + [0, size]
        y = torch.nn.functional.pad(y, room).narrow(2 + i, low, size)
    return y.movedim(1, -1)


def im2col(x, size=3, stride=1, padding="valid", pads=None, dilation=1):
    n = x.ndim - 2
    size = size if isinstance(size, tuple) else (size,) * n
    v = _windows(x, size, stride, dilation, padding, pads, 0.0).movedim(n + 1, -1)
    return v.reshape(*v.shape[:n + 1], -1)


def upsample(x, scale=2, mode="nearest", axes=0):
    n = x.ndim - 2
    for i, factor in enumerate(scale if isinstance(scale, tuple) else (scale,) * n):
        size = x.shape[1 + i]
        if mode == "nearest":
            x = torch.repeat_interleave(x, factor, 1 + i)
            continue
        place = torch.clip((torch.arange(size * factor) + 0.5) / factor - 0.5, 0, size - 1)
        low = place.long()
        part = (place - low).to(x.dtype).reshape((-1,) + (1,) * (x.ndim - 2 - i))
        x = x.index_select(1 + i, low) * (1 - part) + x.index_select(1 + i, torch.clip(low + 1, max=size - 1)) * part
    return x


class _At:
    def __init__(self, x, index=None):
        self.x, self.index = _t(x), index

    def __getitem__(self, index):
        return _At(self.x, index)

    def _write(self, v, reduce):
        places = torch.arange(self.x.numel()).reshape(self.x.shape)[self.index]
        v = torch.broadcast_to(_t(v).to(self.x.dtype), places.shape).reshape(-1)
        flat = self.x.reshape(-1)
        if reduce is None:
            return flat.index_put((places.reshape(-1),), v).reshape(self.x.shape)
        return flat.scatter_reduce(0, places.reshape(-1), v, reduce).reshape(self.x.shape)

    def set(self, v):
        return self._write(v, None)

    def add(self, v):
        return self._write(v, "sum")

    def mul(self, v):
        return self._write(v, "prod")

    def min(self, v):
        return self._write(v, "amin")

    def max(self, v):
        return self._write(v, "amax")


def loop(xs, step, steps, sequences=0, states=0, until=False, backwards=False):
    rows, state, fixed = xs[:sequences], tuple(xs[sequences:sequences + states]), xs[sequences + states:]
    kept, done = [], 0
    for t in reversed(range(steps)) if backwards else range(steps):
        made = step(*(x[t] for x in rows), *state, *fixed)
        made, stop = (made[:-1], made[-1]) if until else (made, False)
        kept.append(made)
        state, done = made[:states], done + 1
        if stop:
            break
    stacks = []
    for column in zip(*(kept or [[_t(v)[None][:0] for v in state]])):
        stack = torch.stack([_t(v) for v in column]) if kept else column[0]
        missing = stack.new_zeros((steps - done, *stack.shape[1:]))
        stacks.append(torch.cat([missing, stack.flip(0)] if backwards else [stack, missing]))
    return (*state, *stacks, done)


def branch(condition, xs, then, otherwise):
    made = then(*xs) if condition else otherwise(*xs)
    return made if len(made) > 1 else made[0]


def watch(x, message=""):
    return x


def _print(x, message=""):
    print(message, x)
    return x


def _assert(x, condition, message=""):
    if not torch.all(_t(condition)):
        raise AssertionError(message)
    return x


def breakpoint(x, condition, message=""):
    return x


def uniform(shape, low=0.0, high=1.0, dtype=torch.float32, seed=None):
    return low + (high - low) * torch.rand(shape, dtype=dtype)


def normal(shape, mean=0.0, std=1.0, dtype=torch.float32, seed=None):
    return mean + std * torch.randn(shape, dtype=dtype)


def bernoulli(shape, p=0.5, dtype=torch.float32, seed=None):
    return (torch.rand(shape) < p).to(dtype)


def exponential(shape, scale=1.0, dtype=torch.float32, seed=None):
    return scale * torch.empty(shape, dtype=dtype).exponential_()


def laplace(shape, loc=0.0, scale=1.0, dtype=torch.float32, seed=None):
    return torch.distributions.Laplace(loc, scale).sample(shape).to(dtype)


def cauchy(shape, loc=0.0, scale=1.0, dtype=torch.float32, seed=None):
    return torch.empty(shape, dtype=dtype).cauchy_(loc, scale)


def gumbel(shape, loc=0.0, scale=1.0, dtype=torch.float32, seed=None):
    return torch.distributions.Gumbel(loc, scale).sample(shape).to(dtype)


def permutation(n, seed=None):
    return torch.randperm(n)


def standard_gamma(concentration, shape=None, seed=None):
    return torch._standard_gamma(_t(concentration).expand(shape or _t(concentration).shape))


def poisson(rate, shape=None, dtype=torch.int64, seed=None):
    return torch.poisson(torch.broadcast_to(_t(rate), shape or _t(rate).shape)).to(dtype)


def integers(low, high, shape=None, dtype=torch.int64, seed=None):
    return torch.randint(low, high, shape or (), dtype=dtype)
