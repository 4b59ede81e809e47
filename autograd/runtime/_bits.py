"""The bits of a double as a number, and back, for the uncompiled files; `_bits.pxd` is the same list for the compiled build."""

import struct

EVERY_BIT = 2**64 - 1


def bits_of(x: float) -> int:
    bits: int = struct.unpack("<Q", struct.pack("<d", x))[0]
    return bits


def double_of(bits: int) -> float:
    """The double of these 64 bits; what a shift moved beyond them is gone, as in C."""
    x: float = struct.unpack("<d", struct.pack("<Q", bits & EVERY_BIT))[0]
    return x
