# SPDX-License-Identifier: Apache-2.0
"""Ed25519, RFC 8032 section 5.1, for tests: slow, and not in constant time."""
import hashlib

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)


def _recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * SQRT_MINUS_1 % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


_Y = 4 * pow(5, P - 2, P) % P
_X = _recover_x(_Y, 0)
BASE = (_X, _Y, 1, _X * _Y % P)


def _add(a, b):
    """Points in extended coordinates."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return i * j % P, k * m % P, j * k % P, i * m % P


def _times(n, point):
    total = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = _add(total, point)
        point = _add(point, point)
        n >>= 1
    return total


def _pack(point):
    z = pow(point[2], P - 2, P)
    x, y = point[0] * z % P, point[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _unpack(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    x = _recover_x(y, sign) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def _hash(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(),
                          "little") % L


def _secret(seed):
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little") & (1 << 254) - 8 | 1 << 254
    return a, h[32:]


def public(seed):
    return _pack(_times(_secret(seed)[0], BASE))


def sign(seed, message):
    a, prefix = _secret(seed)
    key = public(seed)
    r = _hash(prefix, message)
    point = _pack(_times(r, BASE))
    s = (r + _hash(point, key, message) * a) % L
    return point + s.to_bytes(32, "little")


def verify(key, message, signature):
    if len(signature) != 64:
        return False
    a, r = _unpack(key), _unpack(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    k = _hash(signature[:32], key, message)
    left, right = _times(s, BASE), _add(r, _times(k, a))
    return ((left[0] * right[2] - right[0] * left[2]) % P == 0 and
            (left[1] * right[2] - right[1] * left[2]) % P == 0)
