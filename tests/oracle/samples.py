"""Inputs of the oracle cases, the same numbers as tests/test-oracle.c makes.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import numpy as np

DTYPES = {"f32": np.float32, "f64": np.float64, "i32": np.int32, "i64": np.int64, "bool": np.bool_}


def hashes(seed, n):
    with np.errstate(over="ignore"):
        x = np.arange(n, dtype=np.uint32) * np.uint32(2654435761) + np.uint32((seed * 2246822519 + 374761393) % 2**32)
        x ^= x >> np.uint32(15)
        x *= np.uint32(2246822519)
        x ^= x >> np.uint32(13)
        x *= np.uint32(3266489917)
        return x ^ (x >> np.uint32(16))


def flat(domain, seed, n):
    x = hashes(seed, n)
    u = x / 4294967296.0
    if domain == "reals":
        return np.floor(u * 512 - 256) / 64
    if domain == "big":
        return np.floor(u * 512 - 256) * 39
    if domain == "nonzero":
        return np.where(x & 1, 1, -1) * (0.25 + np.floor(u * 192) / 64)
    if domain == "positive":
        return (1 + np.floor(u * 256)) / 64
    if domain == "unit":
        return np.floor(u * 120 - 60) / 64
    if domain == "probability":
        return (3 + np.floor(u * 58)) / 64
    if domain == "above_one":
        return 1 + (1 + np.floor(u * 192)) / 64
    if domain == "bools":
        return (x & 1).astype(float)
    if domain == "distinct":
        ranks = np.empty(n)
        ranks[np.argsort(x, kind="stable")] = np.arange(n)
        return 0.25 * ranks - 0.125 * n
    if domain.startswith("ints:"):
        low, high = map(int, domain.split(":")[1:])
        return low + np.floor(u * (high - low))
    raise ValueError(domain)


def sample(dtype, domain, shape, seed):
    """The array of one input row [dtype, domain, shape, seed]."""
    n = int(np.prod(shape, dtype=int))
    if domain == "spd":
        m = shape[-1]
        a = flat("unit", seed, n).reshape(-1, m, m)
        values = a @ np.swapaxes(a, -1, -2) + m * np.eye(m)
    else:
        values = flat(domain, seed, n)
    return values.reshape(shape).astype(DTYPES[dtype])
