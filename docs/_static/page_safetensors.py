"""Files of weights in the Python of a page: `safetensors` and `safetensors.numpy`, which nobody has built for one.

The format is small: how long the header is, in eight bytes; the header, as JSON; and the numbers of all arrays in a row.
"""

import json
from typing import Any

import numpy as np

DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U8": "<u1",
    "BOOL": "|b1",
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


class SafetensorError(ValueError):
    """A file that is damaged."""


def save(tensors: dict[str, Any], metadata: dict[str, str] | None = None) -> bytes:
    """The file of arrays by their names, as safetensors.numpy.save gives it.

    >>> contents = save({"w": np.array([[1.0, 2.0]])}, {"format": "a test"})
    >>> load(contents)["w"].tolist()
    [[1.0, 2.0]]
    """
    header: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    numbers = b""
    for name, array in sorted(tensors.items()):
        own = np.ascontiguousarray(array).tobytes()
        place = [len(numbers), len(numbers) + len(own)]
        header[name] = {
            "dtype": NAMES[np.dtype(array.dtype).newbyteorder("<").str],
            "shape": list(array.shape),
            "data_offsets": place,
        }
        numbers += own
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + numbers


def load(contents: bytes) -> dict[str, Any]:
    """The arrays of a file, as safetensors.numpy.load gives them. SafetensorError for one that is damaged."""
    start = 8 + int.from_bytes(contents[:8], "little")
    try:
        header = json.loads(contents[8:start])
        header.pop("__metadata__", None)
        places = {name: one["data_offsets"] for name, one in header.items()}
        if max((end for _, end in places.values()), default=0) != len(contents) - start:
            raise SafetensorError("its numbers are not as many as its header says")
        return {
            name: np.frombuffer(contents[start + begin : start + end], DTYPES[header[name]["dtype"]]).reshape(
                header[name]["shape"]
            )
            for name, (begin, end) in places.items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise SafetensorError(f"its header is damaged: {problem}") from None
