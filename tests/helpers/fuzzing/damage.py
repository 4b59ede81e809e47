"""Damage to files: to their bytes, to the JSON in them, and to a whole that is put together again so that it looks sound."""

import copy
import json
import random
import re
import struct
from collections.abc import Iterator
from typing import Any

Tree = Any
"""What JSON can hold. A text in ODD_TEXT stands for what `json.dumps` would not write."""

ODD_TEXT = {
    "@deep": "[" * 50_000 + "]" * 50_000,
    "@deeper than Python goes": '{"class": "Sequential", "config": {"steps": [' * 300 + "]}}" * 300,
    "@a long number": "9" * 5_000,
    "@not a number": "NaN",
    "@infinity": "-Infinity",
    "@half a character": '"\\ud800"',
    "@too large": "1e999",
}
ODD: list[Tree] = [
    *(None, True, False, 0, -1, 1, 2, 3, 2**31, 2**53 + 1, -(2**63), 2**64, 10**30, 10**400, 0.5, -0.0, 1e-320, 1e308, -1e308),
    *("", "0", "x", "tanh", "MLP", "__import__", "x" * 2_000, "\0", "é\u202e", "nan", "inf"),
    *([], {}, [[]], [0], [1.0, 2.0], ["x"], {"x": 0}, {"": None}, [None] * 50, [[1.0]] * 3),
    *({"activation": "tanh"}, {"class": "Dropout", "config": {"p": 0.5}}, {"class": "MLP", "config": {}}),
    *ODD_TEXT,
]


def text_of(tree: Tree) -> str:
    text = json.dumps(tree)
    for name, odd in ODD_TEXT.items():
        if name in text:
            text = text.replace(json.dumps(name), odd)
    return text


# ------------------------------------------------------------------------------------------------ trees


def places(tree: Tree) -> list[tuple[Any, Any]]:
    """Every container in a tree with each of its keys."""
    found: list[tuple[Any, Any]] = []
    waiting = [tree]
    while waiting:
        thing = waiting.pop()
        keys = list(thing) if isinstance(thing, dict) else range(len(thing)) if isinstance(thing, list) else ()
        found += [(thing, key) for key in keys]
        waiting += [thing[key] for key in keys]
    return found


def some_place(tree: Tree, rng: random.Random) -> tuple[Any, Any] | None:
    """A container in a tree and one of its keys, found from the top, so that no long list has most of the chances."""
    found = None
    while isinstance(tree, (dict, list)) and tree and (found is None or rng.random() < 0.8):
        found = tree, rng.choice(list(tree)) if isinstance(tree, dict) else rng.randrange(len(tree))
        tree = tree[found[1]]
    return found


def mutated(tree: Tree, rng: random.Random) -> Tree:
    """A copy in which a few things are others."""
    tree = copy.deepcopy(tree)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        found = some_place(tree, rng)
        if found is None:
            return rng.choice(ODD)
        inside, key = found
        value = inside[key]
        how = rng.choice(["odd", "odd", "odd", "near", "near", "without", "other", "again", "named", "swapped", "kind"])
        if how == "odd":
            inside[key] = copy.deepcopy(rng.choice(ODD))
        elif how == "near":
            inside[key] = near(value, rng)
        elif how == "without":
            del inside[key]
        elif how == "other":  # what stands elsewhere in the same tree
            above, below = some_place(tree, rng) or found
            inside[key] = copy.deepcopy(above[below])
        elif how == "again" and isinstance(value, list) and value:
            inside[key] = value * rng.choice([2, 3, 40]) if len(value) < 100 else value[: len(value) // 2]
        elif how == "named" and isinstance(inside, dict):
            inside[rng.choice([*map(str, inside), "x", "__metadata__", "op", "class"])] = inside.pop(key)
        elif how == "swapped":
            other = rng.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
            inside[key], inside[other] = inside[other], inside[key]
        elif how == "kind":
            inside[key] = [value] if rng.random() < 0.4 else {"x": value} if rng.random() < 0.3 else str(value)[:500]
    return tree


def near(value: Tree, rng: random.Random) -> Tree:
    """Something of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return rng.choice([value + 1, value - 1, -value, float(value) if abs(value) < 1e300 else 0, value * 2, value + 10**6])
    if isinstance(value, float):
        return rng.choice([-value, value + 1.0, value * 1e10, 0.0, 1e308, 5e-324, int(value) if abs(value) < 1e300 else 0])
    if isinstance(value, str):
        return rng.choice([value[:-1], value + "x", value.upper(), value[::-1], value * 2, f" {value}"])
    if isinstance(value, list):
        return rng.choice([value[:-1], value[::-1], [*value, *value[:1]], value[:1]])
    return value


# ------------------------------------------------------------------------------------------------ bytes


def bitten(contents: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """With bytes that are wrong, missing or too many."""
    found = bytearray(contents)
    for _ in range(rng.choice([1, 1, 2, 5])):
        at = rng.randrange(len(found) + 1)
        size = min(int(rng.expovariate(0.2)) + 1, 200)
        how = rng.randrange(8)
        if how == 0 and at < len(found):
            found[at] ^= 1 << rng.randrange(8)
        elif how == 1 and at < len(found):
            found[at] = rng.choice([0, 10, 13, 34, 44, 45, 48, 57, 91, 92, 123, 128, 255, rng.randrange(256)])
        elif how == 2:
            del found[at:]
        elif how == 3:
            del found[at : at + size]
        elif how == 4:
            found[at:at] = rng.randbytes(size)
        elif how == 5:
            found[at:at] = found[at : at + size] * rng.choice([1, 2, 50])
        elif how == 6:
            other = rng.choice(others)
            start = rng.randrange(len(other) + 1)
            found[at : at + size] = other[start : start + size]
        else:
            found[at : at + size] = bytes(size)
    return bytes(found)


def twice(text: str, rng: random.Random) -> str:
    """With a key that stands there two times."""
    keys = list(re.finditer(r'"[^"\\]*": ("[^"\\]*"|[^,{}\[\]"]+)', text))
    if not keys:
        return text
    found = rng.choice(keys)
    return f"{text[: found.start()]}{found[0]}, {text[found.start() :]}"


# ------------------------------------------------------------------------------------------------ safetensors

WIDTHS = {"F64": ("d", 8), "F32": ("f", 4), "I64": ("q", 8), "U8": ("B", 1), "BOOL": ("B", 1)}


def apart(contents: bytes) -> Tree:
    """A safetensors file of ours as a tree: its texts parsed, its tensors with their numbers."""
    end = 8 + int.from_bytes(contents[:8], "little")
    header = json.loads(contents[8:end])
    texts = {key: _parsed(text) for key, text in header.pop("__metadata__").items()}
    for about in header.values():
        first, last = about.pop("data_offsets")
        about["numbers"] = list(struct.unpack(f"<{(last - first) // 8}d", contents[end + first : end + last]))
    return {"texts": texts, "tensors": header}


def _parsed(text: str) -> Tree:
    return json.loads(text) if text[:1] in ("{", "[") else text


def together(tree: Tree, rng: random.Random | None = None) -> bytes:
    """A file of a tree, with offsets that fit what is there."""
    texts, tensors = tree.get("texts"), tree.get("tensors")
    if isinstance(texts, dict):
        texts = {key: text if isinstance(text, str) and text not in ODD_TEXT else text_of(text) for key, text in texts.items()}
    header: dict[str, Any] = {"__metadata__": texts}
    body = b""
    for name, about in tensors.items() if isinstance(tensors, dict) else ():
        if not isinstance(about, dict):
            header[name] = about
            continue
        piece = _packed(about)
        rest = {key: value for key, value in about.items() if key != "numbers"}
        header[name] = {**rest, "data_offsets": [len(body), len(body) + len(piece)]}
        body += piece
    text = text_of(header)
    if rng is not None and rng.random() < 0.05:
        text = twice(text, rng)
    raw = text.encode(errors="surrogatepass")
    raw += b" " * (-len(raw) % 8)
    return len(raw).to_bytes(8, "little") + raw + body


def _packed(about: dict[str, Any]) -> bytes:
    letter, _ = WIDTHS.get(str(about.get("dtype")), ("d", 8))
    numbers = about.get("numbers")
    piece = b""
    for x in numbers if isinstance(numbers, list) else [numbers]:
        try:
            piece += struct.pack(f"<{letter}", x if letter in "df" else int(x) % 200)
        except (struct.error, TypeError, ValueError, OverflowError):
            piece += struct.pack("<d", {"@not a number": float("nan"), "@infinity": float("-inf")}.get(str(x), 1e300))
    return piece


# ------------------------------------------------------------------------------------------------ cutting down


def simpler(tree: Tree) -> Iterator[Tree]:
    """Copies without something, or with something plainer in its place."""
    for at in range(len(places(tree))):
        for plainer in (None, 0, []):
            copied = copy.deepcopy(tree)
            inside, key = places(copied)[at]
            if plainer is None:
                del inside[key]
            elif isinstance(inside[key], (list, dict, str)) and len(inside[key]) > 0 and plainer == []:
                inside[key] = inside[key][: len(inside[key]) // 2] if not isinstance(inside[key], dict) else {}
            elif isinstance(inside[key], (int, float)) and inside[key] != 0 and plainer == 0:
                inside[key] = 0
            else:
                continue
            yield copied


def shorter(contents: bytes) -> Iterator[bytes]:
    """Without a piece, the largest pieces first."""
    size = len(contents) // 2
    while size:
        for at in range(0, len(contents), size):
            yield contents[:at] + contents[at + size :]
        size //= 2
