"""Runs a seccomp filter as the kernel would, for any architecture: an interpreter of classic BPF."""

from __future__ import annotations

import struct
from collections.abc import Sequence

LOAD, AND, RETURN, JUMP = 0x20, 0x54, 0x06, 0x05
CONDITIONS = {
    0x15: lambda a, k: a == k,
    0x25: lambda a, k: a > k,
    0x35: lambda a, k: a >= k,
    0x45: lambda a, k: bool(a & k),
}


def run_filter(program: bytes, architecture: int, number: int, arguments: Sequence[int] = ()) -> int:
    """Return the filter's answer (SECCOMP_RET_…) to a system call."""
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number & 0xFFFFFFFF, architecture, 0, *padded)
    steps = list(struct.iter_unpack("<HBBI", program))
    place = accumulator = 0
    while True:
        code, if_true, if_false, k = steps[place]
        place += 1
        if code == LOAD:
            accumulator = struct.unpack_from("<I", data, k)[0]
        elif code == AND:
            accumulator &= k
        elif code == JUMP:
            place += k
        elif code == RETURN:
            return int(k)
        else:
            place += if_true if CONDITIONS[code](accumulator, k) else if_false
