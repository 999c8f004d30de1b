#!/usr/bin/python3
"""Products, linear algebra and Fourier transforms against NumPy and SciPy.

Each case is a text for `weft-cli eval` and an expression of NumPy's for the same, over random inputs of a shape and type; where an answer is
unique only up to signs or an order (eigenvectors, singular vectors), what it must satisfy is compared. Prints TAP.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    print("1..0 # SKIP python3-numpy is not installed")
    sys.exit(0)
try:
    import scipy.fft
    import scipy.linalg
except ImportError:
    scipy = None

CLI = os.path.join(os.environ["WEFT_BUILD_DIR"], "app", "weft-cli")
# Of the largest number of a result: condition numbers stay below 1e3 here, so that 1e-10 leaves a thousand units of rounding in float64.
TOLERANCE = {np.float64: 1e-10, np.float32: 2e-3}

folder = tempfile.TemporaryDirectory()
count = 0
failures = 0


def evaluate(text, inputs):
    """The value of the text; a tuple's values as a list."""
    out = os.path.join(folder.name, "out")
    os.makedirs(out, exist_ok=True)
    for name in os.listdir(out):
        os.remove(os.path.join(out, name))
    command = [CLI, "eval", "-e", text, "-o", out]
    for name, array in inputs.items():
        path = os.path.join(folder.name, name + ".npy")
        np.save(path, array)
        command += ["--feed", f"{name}={path}"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if answer.returncode != 0:
        raise RuntimeError(answer.stderr.strip() or f"exit {answer.returncode}")
    if os.path.exists(os.path.join(out, "out.npy")):
        return [np.load(os.path.join(out, "out.npy"))]
    return [np.load(os.path.join(out, f"out{i}.npy")) for i in range(len(os.listdir(out)))]


def difference(got, expected, tolerance):
    """None, or what is wrong."""
    expected = np.asarray(expected)
    if got.shape != expected.shape:
        return f"shape {got.shape}, NumPy {expected.shape}"
    if got.size == 0:
        return None
    g, e = got.astype(np.float64), expected.astype(np.float64)
    finite = np.isfinite(e)
    scale = max(1, np.abs(e[finite]).max(initial=0))
    with np.errstate(all="ignore"):
        bad = ~((g == e) | (np.isnan(g) & np.isnan(e)) | (np.abs(g - e) <= tolerance * scale))
    if bad.any():
        at = tuple(np.argwhere(bad)[0])
        return f"at {at}: {g[at]!r}, NumPy {e[at]!r}"
    return None


def report(name, problem):
    global count, failures
    count += 1
    failures += problem is not None
    print(f"{'not ok' if problem else 'ok'} {count} {name}")
    if problem:
        print(f"# {problem}", flush=True)


def compare(text, expected, **inputs):
    """expected: a function of the inputs in float64, that gives what the text gives."""
    for dtype, tolerance in TOLERANCE.items():
        arrays = {n: a.astype(dtype) if a.dtype == np.float64 else a for n, a in inputs.items()}
        shapes = " ".join(f"{n}{tuple(a.shape)}" for n, a in arrays.items())
        problem = None
        try:
            got = evaluate(text, arrays)
            with np.errstate(all="ignore"):
                want = expected(*[a.astype(np.float64) if a.dtype == dtype else a for a in arrays.values()])
            want = list(want) if isinstance(want, (tuple, list)) else [want]
            if len(got) != len(want):
                problem = f"{len(got)} results, NumPy {len(want)}"
            for g, w in zip(got, want):
                problem = problem or difference(g, w, tolerance)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            problem = str(error)
        report(f"{text.splitlines()[-1]} {shapes} {dtype.__name__}", problem and f"{text!r}: {problem}")


rng = np.random.RandomState(11)


def reals(*shape):
    return rng.uniform(-1, 1, shape)


def spd(*shape):
    a = reals(*shape)
    return a @ np.swapaxes(a, -1, -2) + shape[-1] * np.eye(shape[-1])


def regular(*shape):
    """Well conditioned, not symmetric."""
    return reals(*shape) + 2 * np.eye(shape[-1])


# ---- Products ----


def products():
    for a, b in (((), ()), ((), (3,)), ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 2)), ((3, 4), (4, 2)), ((2, 3, 4), (4, 5)), ((2, 3, 4), (6, 4, 5)),
                 ((4,), (2, 4, 3)), ((0, 4), (4, 2)), ((3, 0), (0, 2)), ((1, 1), (1, 1))):
        compare("dot(a, b)", np.dot, a=reals(*a), b=reals(*b))
    for a, b in (((2, 1, 3, 4), (5, 4, 2)), ((7, 3, 4), (4,)), ((4,), (7, 4, 3)), ((2, 0, 3), (2, 3, 4)), ((0, 3, 4), (0, 4, 1))):
        compare("matmul(a, b)", np.matmul, a=reals(*a), b=reals(*b))
    for a, b, axes in (((2, 3, 4), (3, 4, 5), 2), ((2, 3), (4,), 0), ((2, 3, 4), (4, 3), 1), ((3, 4, 5), (4, 3, 2), ((1, 0), (0, 1))),
                       ((3, 4, 5), (5, 4), ((-1,), (0,))), ((2, 3), (2, 3), ((0, 1), (0, 1))), ((3, 4), (2, 4), (1, 1)), ((0, 3), (3, 0), 1)):
        compare(f"tensordot(a, b, axes={axes})", lambda x, y: np.tensordot(x, y, axes=axes), a=reals(*a), b=reals(*b))
    for text, *shapes in (
            ("ij,jk->ik", (3, 4), (4, 5)), ("ij,jk", (3, 4), (4, 5)), ("ji,jk", (4, 3), (4, 5)), ("ii", (4, 4)), ("ii->i", (4, 4)), ("iij->j", (3, 3, 2)),
            ("i,j->ji", (3,), (4,)), ("ba", (2, 3)), ("ij->", (3, 4)), ("...ij->...ji", (2, 3, 4)), ("...", (2, 3)), ("i...->...", (3, 2)),
            ("...ij,...jk->...ik", (2, 1, 3, 4), (5, 4, 2)), ("ij,ij->i", (3, 4), (3, 4)),
            ("ij,jk,kl->il", (3, 4), (4, 5), (5, 2)), ("a,ab,abc->abc", (2,), (2, 3), (2, 3, 4)), ("ab,bc,cd,de,ef->af", (2, 3), (3, 9), (9, 1), (1, 4), (4, 5)),
            ("bhqd,bhkd->bhqk", (2, 3, 4, 5), (2, 3, 6, 5)), ("ij,jk->ik", (0, 4), (4, 2)), ("ij,jk->ik", (3, 0), (0, 2)), ("Ab,bC->CA", (2, 3), (3, 4)),
            ("i,->i", (3,), ()), ("ijk,ijl,kl->ij", (2, 3, 4), (2, 3, 5), (4, 5)), (" i j , j k -> i k ", (2, 3), (3, 2)), ("ijij->", (2, 3, 2, 3)),
            ("ij,kj->ik", (1, 1), (1, 1)), ("i...j,j->...", (2, 3, 4), (4,)), ("aab,bcc->ac", (2, 2, 3), (3, 4, 4))):
        names = "abcdefgh"[:len(shapes)]
        compare(f"einsum('{text}', {', '.join(names)})", lambda *xs: np.einsum(text, *xs), **{n: reals(*s) for n, s in zip(names, shapes)})
    for a, b in (((2, 3), (4, 5)), ((3,), (2,)), ((2,), (3, 4)), ((2, 1, 3), (1, 2, 2)), ((), (2, 2)), ((0, 2), (2, 2))):
        compare("kron(a, b)", np.kron, a=reals(*a), b=reals(*b))
    compare("multi_dot(a, b, c, d)", lambda *xs: np.linalg.multi_dot(xs), a=reals(3, 9), b=reals(9, 2), c=reals(2, 7), d=reals(7, 4))
    compare("multi_dot((a, b, c))", lambda *xs: np.linalg.multi_dot(xs), a=reals(4), b=reals(4, 5), c=reals(5))
    compare("batched_dot(a, b)", np.matmul, a=reals(5, 3, 4), b=reals(5, 4, 2))
    compare("batched_dot(a, b)", lambda x, y: np.einsum("bi,bi->b", x, y), a=reals(5, 3), b=reals(5, 3))
    compare("outer(a, b)", np.outer, a=reals(3), b=reals(4))
    compare("inner(a, b)", np.inner, a=reals(2, 3), b=reals(4, 3))
    compare("vdot(a, b)", np.vdot, a=reals(2, 3), b=reals(2, 3))
    compare("cross(a, b)", np.cross, a=reals(4, 3), b=reals(3))


# ---- Linear algebra ----


def systems():
    for shape in ((1, 1), (4, 4), (3, 5, 5), (2, 1, 3, 3), (0, 0), (0, 2, 2), (40, 40)):
        compare("cholesky(a)", np.linalg.cholesky, a=spd(*shape))
        compare("inv(a)", np.linalg.inv, a=regular(*shape))
        compare("det(a)", np.linalg.det, a=regular(*shape))
        compare("slogdet(a)", lambda a: tuple(np.linalg.slogdet(a)), a=regular(*shape))
    compare("cholesky(a, upper=True)", lambda a: np.swapaxes(np.linalg.cholesky(a), -1, -2), a=spd(3, 4, 4))
    compare("det(a)", np.linalg.det, a=regular(60, 60))
    compare("det(a)", lambda a: np.array(1.0), a=np.diag([1e30, 1e30, 1e-30, 1e-30]))
    for a, b in (((4, 4), (4,)), ((4, 4), (4, 3)), ((2, 4, 4), (2, 4, 3)), ((2, 4, 4), (1, 4, 1)), ((4, 4), (3, 4, 2)), ((1, 1), (1,)), ((0, 0), (0, 2)), ((3, 3), (3, 0)),
                 ((50, 50), (50, 20))):
        compare("solve(a, b)", lambda x, y: np.linalg.solve(x, y), a=regular(*a), b=reals(*b))
    compare("solve(a, b)", lambda x, y: np.stack([np.linalg.solve(m, y) for m in x]), a=regular(3, 4, 4), b=reals(4))
    for n in (0, 1, 2, 5, -1, -3):
        compare(f"matrix_power(a, {n})", lambda a: np.linalg.matrix_power(a, n), a=regular(2, 3, 3))
    for shape in ((5, 3), (3, 5), (4, 4), (2, 4, 3), (1, 1), (0, 3), (3, 0)):
        compare("pinv(a)", np.linalg.pinv, a=reals(*shape))
    compare("pinv(a)", lambda a: np.linalg.pinv(a, rcond=1e-5), a=reals(4, 2) @ reals(2, 5))
    for shape, rhs in (((5, 3), (5,)), ((5, 3), (5, 2)), ((4, 4), (4, 2))):
        compare("lstsq(a, b)", lambda a, b: (np.linalg.lstsq(a, b, rcond=None)[0], np.sum((b - a @ np.linalg.lstsq(a, b, rcond=None)[0])**2, axis=0), 3 if a.shape[1] == 3 else 4,
                                             np.linalg.svd(a, compute_uv=False)), a=reals(*shape), b=reals(*rhs))
    compare("lstsq(a, b)[0]", lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0], a=reals(2, 5), b=reals(2, 3))
    compare("matrix_rank(a)", np.linalg.matrix_rank, a=reals(2, 4, 6))
    compare("matrix_rank(a, rtol=0.001)", lambda a: np.linalg.matrix_rank(a, tol=0.001 * np.linalg.norm(a, 2)), a=reals(6, 2) @ reals(2, 5))
    compare("condition_number(a)", np.linalg.cond, a=reals(2, 4, 3))
    compare("trace(a, offset=1)", lambda a: np.trace(a, 1), a=reals(4, 3))
    compare("trace(a, axis1=-2, axis2=-1)", lambda a: np.trace(a, axis1=-2, axis2=-1), a=reals(2, 4, 3))
    for offset in (-5, -2, 0, 1, 3):
        compare(f"diagonal(a, {offset}, 2, 0)", lambda a: np.diagonal(a, offset, 2, 0), a=reals(3, 2, 4))


def singular():
    """Where NumPy raises an error, that matrix is NaN and the others of the stack are right."""
    stack = np.stack([np.eye(2), np.ones((2, 2)), 2 * np.eye(2)])
    bad = np.full((2, 2), np.nan)
    compare("inv(a)", lambda a: np.stack([np.eye(2), bad, np.eye(2) / 2]), a=stack)
    compare("solve(a, b)", lambda a, b: np.stack([[[1.0], [2]], [[np.nan], [np.nan]], [[0.5], [1]]]), a=stack, b=np.array([[1.0], [2]]))
    compare("cholesky(a)", lambda a: np.stack([np.eye(2), bad, np.sqrt(2) * np.eye(2)]), a=np.stack([np.eye(2), -np.eye(2), 2 * np.eye(2)]))
    compare("det(a)", lambda a: np.array([1.0, 0, 4]), a=stack)
    compare("slogdet(a)", lambda a: (np.array([1.0, 0, 1]), np.array([0, -np.inf, np.log(4)])), a=stack)
    compare("eigh(a)[0]", lambda a: np.full(2, np.nan), a=np.array([[1.0, 0], [np.inf, 1]]))
    compare("svdvals(a)", lambda a: np.full(2, np.nan), a=np.array([[1.0, np.nan], [0, 1]]))
    compare("cofactor(a)", lambda a: np.array([[-3.0, 6, -3], [6, -12, 6], [-3, 6, -3]]), a=np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]))


def spectra():
    for shape in ((1, 1), (4, 4), (3, 5, 5), (0, 0), (30, 30)):
        a = reals(*shape)
        a = a + np.swapaxes(a, -1, -2)
        compare("w, v = eigh(a)\n(w, (v * expand_dims(w, -2)) @ matrix_transpose(v), matrix_transpose(v) @ v)",
                lambda x: (np.linalg.eigvalsh(x), x, np.broadcast_to(np.eye(x.shape[-1]), x.shape)), a=a)
        compare("eigvalsh(a)", np.linalg.eigvalsh, a=a)
        compare("abs(eigh(a)[1])", lambda x: np.abs(np.linalg.eigh(x)[1]), a=a)
    compare("eigvalsh(a, UPLO='U')", lambda x: np.linalg.eigvalsh(x, UPLO="U"), a=reals(4, 4))
    compare("eigvalsh(a)", lambda x: np.linalg.eigvalsh(x, UPLO="L"), a=reals(4, 4))
    for shape in ((1, 1), (4, 4), (2, 5, 5), (0, 0)):
        # a v = v w for real and imaginary parts, and vectors of length 1.
        compare("w, x, v, u = eig(a)\nw = expand_dims(w, -2); x = expand_dims(x, -2)\n(a @ v - v * w + u * x, a @ u - v * x - u * w, sum(v * v + u * u, axis=-2))",
                lambda a: (np.zeros(a.shape), np.zeros(a.shape), np.ones(a.shape[:-1])), a=reals(*shape))
        compare("w, x = eigvals(a)\n(sum(w, axis=-1), sum(w * w - x * x, axis=-1), max(abs(x), axis=-1))" if shape[-1] > 0 else "w, x = eigvals(a)\n(w, x)",
                (lambda a: (np.trace(a, axis1=-2, axis2=-1), np.trace(a @ a, axis1=-2, axis2=-1), np.abs(np.linalg.eigvals(a).imag).max(axis=-1))) if shape[-1] > 0
                else (lambda a: (np.zeros(0), np.zeros(0))), a=reals(*shape))
    for shape in ((5, 3), (3, 5), (4, 4), (2, 4, 3), (1, 1), (0, 3), (3, 0), (30, 20)):
        k = min(shape[-2:])
        compare("svdvals(a)", lambda a: np.linalg.svd(a, compute_uv=False), a=reals(*shape))
        for full in (True, False):
            compare(f"u, s, vh = svd(a, full_matrices={full})\n(s, (u[..., :{k}] * expand_dims(s, -2)) @ vh[..., :{k}, :], matrix_transpose(u) @ u, vh @ matrix_transpose(vh))",
                    lambda a: (np.linalg.svd(a, compute_uv=False), a,
                               np.broadcast_to(np.eye(shape[-2] if full else k), shape[:-2] + ((shape[-2] if full else k),) * 2),
                               np.broadcast_to(np.eye(shape[-1] if full else k), shape[:-2] + ((shape[-1] if full else k),) * 2)), a=reals(*shape))
        for mode in ("reduced", "complete"):
            compare(f"q, r = qr(a, mode='{mode}')\n(q, r)", lambda a: (lambda f: (np.stack([x[0] for x in f]).reshape(a.shape[:-2] + f[0][0].shape),
                    np.stack([x[1] for x in f]).reshape(a.shape[:-2] + f[0][1].shape)))([np.linalg.qr(m, mode=mode) for m in a.reshape((-1,) + a.shape[-2:])] if a.size else
                    [np.linalg.qr(a, mode=mode)]), a=reals(*shape))


def norms():
    for ord in ("None", "1", "2", "3", "0.5", "0", "-1", "-2", "inf", "-inf"):
        number = eval(ord, {"inf": np.inf})
        compare(f"norm(a, {ord})", lambda a: np.linalg.norm(a, number), a=reals(5))
        compare(f"norm(a, {ord}, axis=1, keepdims=True)", lambda a: np.linalg.norm(a, number, axis=1, keepdims=True), a=reals(2, 4, 3))
    for ord in ("None", "'fro'", "'nuc'", "1", "2", "-1", "-2", "inf", "-inf"):
        number = eval(ord, {"inf": np.inf})
        compare(f"norm(a, {ord})", lambda a: np.linalg.norm(a, number), a=reals(4, 3))
        compare(f"norm(a, {ord}, axis=(2, 0))", lambda a: np.linalg.norm(a, number, axis=(2, 0)), a=reals(3, 2, 4))
    compare("norm(a)", np.linalg.norm, a=reals(2, 3, 4))


def by_scipy():
    if scipy is None:
        print("# python3-scipy is not installed: solve_triangular, lu, expm, cho_solve are not compared")
        return
    for trans in (0, 1):
        for lower in (False, True):
            for unit in (False, True):
                compare(f"solve_triangular(a, b, trans={trans}, lower={lower}, unit_diagonal={unit})",
                        lambda a, b: scipy.linalg.solve_triangular(a, b, trans=trans, lower=lower, unit_diagonal=unit), a=regular(5, 5), b=reals(5, 3))
    compare("solve_triangular(a, b)", scipy.linalg.solve_triangular, a=regular(4, 4), b=reals(4))
    compare("solve_triangular(a, b)", scipy.linalg.solve_triangular, a=regular(1, 1), b=reals(1))
    compare("cho_solve((cholesky(a), True), b)", np.linalg.solve, a=spd(4, 4), b=reals(4, 2))
    for shape in ((4, 4), (5, 3), (3, 5), (1, 1), (20, 20)):
        compare("lu(a)", scipy.linalg.lu, a=reals(*shape))
    for scale in (1e-8, 1e-2, 0.2, 1, 5, 30):
        compare(f"expm(a * {scale!r})", lambda a: scipy.linalg.expm(a * scale), a=reals(4, 4) / 4)
    compare("expm(a)", lambda a: np.stack([scipy.linalg.expm(m) for m in a]), a=reals(3, 2, 2))
    compare("expm(a)", lambda a: a, a=reals(0, 0))


# ---- Fourier transforms ----


def joined(z):
    return z[..., 0] + 1j * z[..., 1]


def pairs(z):
    return np.stack((z.real, z.imag), axis=-1)


def fourier():
    for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 30, 31, 37, 49, 64, 77, 100, 101, 121, 128, 243, 360, 509, 1000, 1024):
        compare("fft(a)", lambda a: pairs(np.fft.fft(joined(a))), a=reals(n, 2))
        compare("rfft(a)", lambda a: pairs(np.fft.rfft(a)), a=reals(n))
        compare(f"irfft(a, n={n})", lambda a: np.fft.irfft(joined(a), n=n), a=reals(n // 2 + 1, 2))
    for norm in ("backward", "ortho", "forward"):
        for axis in (0, 1, -1):
            compare(f"fft(a, axis={axis}, norm='{norm}')", lambda a: pairs(np.fft.fft(joined(a), axis=axis, norm=norm)), a=reals(6, 20, 2))
            compare(f"ifft(a, axis={axis}, norm='{norm}')", lambda a: pairs(np.fft.ifft(joined(a), axis=axis, norm=norm)), a=reals(6, 20, 2))
            compare(f"rfft(a, axis={axis}, norm='{norm}')", lambda a: pairs(np.fft.rfft(a, axis=axis, norm=norm)), a=reals(7, 20))
            compare(f"irfft(a, axis={axis}, norm='{norm}')", lambda a: np.fft.irfft(joined(a), axis=axis, norm=norm), a=reals(7, 20, 2))
    for n in (3, 8, 13):
        compare(f"fft(a, n={n})", lambda a: pairs(np.fft.fft(joined(a), n=n)), a=reals(2, 8, 2))
        compare(f"ifft(a, n={n}, axis=0)", lambda a: pairs(np.fft.ifft(joined(a), n=n, axis=0)), a=reals(8, 3, 2))
        compare(f"rfft(a, n={n})", lambda a: pairs(np.fft.rfft(a, n=n)), a=reals(2, 8))
        compare(f"irfft(a, n={n})", lambda a: np.fft.irfft(joined(a), n=n), a=reals(2, 5, 2))
    compare("fft(a)", lambda a: pairs(np.fft.fft(joined(a))), a=reals(0, 4, 2))
    for name in ("fft2", "ifft2", "fftn", "ifftn"):
        compare(f"{name}(a)", lambda a: pairs(getattr(np.fft, name)(joined(a))), a=reals(3, 4, 5, 2))
    for name in ("rfft2", "rfftn"):
        compare(f"{name}(a)", lambda a: pairs(getattr(np.fft, name)(a)), a=reals(3, 4, 5))
    for name in ("irfft2", "irfftn"):
        compare(f"{name}(a)", lambda a: getattr(np.fft, name)(joined(a)), a=reals(3, 4, 5, 2))
    compare("fftn(a, s=(4, 3), axes=(0, 2))", lambda a: pairs(np.fft.fftn(joined(a), s=(4, 3), axes=(0, 2))), a=reals(3, 4, 5, 2))
    compare("rfftn(a, s=(4, 3), axes=(0, 2))", lambda a: pairs(np.fft.rfftn(a, s=(4, 3), axes=(0, 2))), a=reals(3, 4, 5))
    compare("irfftn(a, s=(4, 9), axes=(2, 0))", lambda a: np.fft.irfftn(joined(a), s=(4, 9), axes=(2, 0)), a=reals(3, 4, 5, 2))
    for n in (1, 4, 5):
        compare(f"fftfreq({n}, d=0.5, dtype=a.dtype) + 0 * a", lambda a: np.fft.fftfreq(n, 0.5) + 0 * a, a=reals(1))
        compare(f"rfftfreq({n}, dtype=a.dtype) + 0 * a", lambda a: np.fft.rfftfreq(n) + 0 * a, a=reals(1))


def main():
    for part in (products, systems, singular, spectra, norms, by_scipy, fourier):
        part()
    print(f"1..{count}")
    return 1 if failures else 0


sys.exit(main())
