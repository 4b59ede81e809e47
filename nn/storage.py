"""Models in files: the weights as safetensors, the architecture as JSON in the same file. Data, never code.

The format, version 1. A safetensors file (https://huggingface.co/docs/safetensors): eight bytes of header length, a JSON
header, the numbers. Its tensors are those of `model.state_dict()`, as float64. Its metadata, all text, are

    format          "scalar-autograd model" (a checkpoint of `fit` says "scalar-autograd checkpoint")
    version         "1"
    architecture    JSON: {"class": "MLP", "config": {"nin": 2, ...}}, a class's name and the arguments to make one, which may
                    hold further such pairs, or {"activation": "tanh"} for a function; null for a class that is not nn's own
    metadata        JSON: whatever was given to `save` to go with the model
"""

from __future__ import annotations

import json
import math
import os
import secrets
from pathlib import Path
from typing import Any

from . import layers, module
from .layers import ACTIVATIONS
from .module import Module
from .recurrent import LSTMCell, RNNCell

FORMAT, VERSION = "scalar-autograd", "1"

CLASSES: dict[str, type[Module]] = {
    kind.__name__: kind
    for kind in (layers.MLP, layers.Layer, layers.Neuron, LSTMCell, RNNCell, module.Sequential, module.Dropout)
}
"""The classes a file may name. Nothing else is ever made from a file."""


class StorageError(ValueError):
    """What is wrong with a model file: `path`, and the `reason` in words.

    >>> StorageError("model.safetensors", "the file is empty").reason
    'the file is empty'
    """

    def __init__(self, path: str | os.PathLike[str], reason: str) -> None:
        super().__init__(f"{os.fspath(path)}: {reason}")
        self.path = Path(path)
        self.reason = reason


def save(model: Module, path: str | os.PathLike[str], *, metadata: dict[str, Any] | None = None) -> None:
    """Writes a model to one file: its weights, its architecture if all its parts are nn's own, and `metadata` (any JSON).

    The file is complete or not there: it is written beside its place and then put in it. ValueError for a weight that is not
    finite, or metadata that JSON cannot hold; OSError for a folder that cannot be written to.

    >>> from nn import MLP
    >>> save(MLP(2, [3, 1], rng=0), "model.safetensors", metadata={"classes": ["no", "yes"]})
    >>> load("model.safetensors")
    MLP(2, [3, 1], activation='relu')
    >>> load_metadata("model.safetensors")
    {'classes': ['no', 'yes']}
    """
    state = model.state_dict()
    wrong = [name for name, array in state.items() if not all(map(math.isfinite, module._flat(array)))]
    if wrong:
        raise ValueError(f"the weights {', '.join(wrong)} are not all finite (did the training diverge?): nothing was written")
    try:
        architecture = describe(model)
    except TypeError:
        architecture = None
    write(path, "model", state, {"architecture": architecture, "metadata": metadata or {}})


def load(path: str | os.PathLike[str], model: Module | None = None) -> Module:
    """The model in a file; or, given a `model` of the same shape, that one with the file's weights.

    StorageError (a ValueError with `path` and `reason`) for a file that is damaged, not a model, made by a later version, or
    does not fit `model`: then every mismatch is listed, and the model is unchanged. Nothing in a file is ever executed.
    OSError for a file that cannot be read.

    >>> from nn import MLP
    >>> save(MLP(2, [3, 1], rng=0), "model.safetensors")
    >>> load("model.safetensors", MLP(2, [3, 1], rng=1))([0.5, 1.0]) == load("model.safetensors")([0.5, 1.0])
    True
    """
    arrays, texts = read(path, "model")
    if model is None:
        if texts.get("architecture") is None:
            raise StorageError(path, "it has the weights of a class that is not nn's own: make one, and say load(path, model)")
        model = _rebuilt(path, texts["architecture"], sum(len(module._flat(array)) for array in arrays.values()))
    try:
        model.load_state_dict(arrays)
    except ValueError as mismatch:
        raise StorageError(path, str(mismatch)) from None
    return model


def load_metadata(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What was given to `save` as `metadata`. The errors are those of `load`.

    >>> from nn import MLP
    >>> save(MLP(2, [1], rng=0), "model.safetensors", metadata={"inputs": ["width", "height"]})
    >>> load_metadata("model.safetensors")
    {'inputs': ['width', 'height']}
    """
    metadata = read(path, "model")[1].get("metadata")
    if not isinstance(metadata, dict):
        raise StorageError(path, "its metadata are not a JSON object")
    return metadata


# ------------------------------------------------------------------------------------------------ architectures


def describe(thing: Any) -> Any:
    """A module as JSON can hold it. TypeError for a class or a function that is not nn's own."""
    if isinstance(thing, Module):
        if CLASSES.get(type(thing).__name__) is not type(thing):
            raise TypeError(f"{type(thing).__name__} is not one of nn's own classes")
        return {
            "class": type(thing).__name__,
            "config": {key: describe(part) for key, part in type(thing).config(thing).items()},
        }
    if isinstance(thing, (list, tuple)):
        return [describe(part) for part in thing]
    if callable(thing):
        names = [name for name, function in ACTIVATIONS.items() if function is thing]
        if not names:
            raise TypeError(f"{thing!r} is not one of nn's activations")
        return {"activation": names[0]}
    return thing


def _rebuilt(path: str | os.PathLike[str], description: Any, weights: int) -> Module:
    """The module of a description. It gets no more weights than the file has, so that no size in it can exhaust the memory."""
    drawn = 0

    def placeholder(*_: Any) -> float:
        nonlocal drawn
        drawn += 1
        if drawn > weights:
            raise ValueError(f"the architecture has more weights than the {weights} in the file")
        return 0.0

    def rebuild(thing: Any) -> Any:
        if isinstance(thing, list):
            return [rebuild(part) for part in thing]
        if not isinstance(thing, dict):
            return thing
        if thing.keys() == {"activation"} and isinstance(thing["activation"], str) and thing["activation"] in ACTIVATIONS:
            return ACTIVATIONS[thing["activation"]]
        if thing.keys() != {"class", "config"} or not isinstance(thing["config"], dict):
            raise ValueError(f"the architecture has a part that is no module: {_short(thing)}")
        if not isinstance(thing["class"], str) or thing["class"] not in CLASSES:
            raise ValueError(
                f"the architecture names a class {_short(thing['class'])}, which is not one of {', '.join(CLASSES)}"
            )
        config = {key: rebuild(part) for key, part in thing["config"].items()}
        return CLASSES[thing["class"]].from_config(config, init=placeholder, rng=0)

    try:
        rebuilt = rebuild(description)
    except (TypeError, ValueError, KeyError, RecursionError, OverflowError) as problem:
        raise StorageError(path, f"its architecture makes no model: {problem}") from None
    if not isinstance(rebuilt, Module):
        raise StorageError(path, f"its architecture is no module: {_short(description)}")
    return rebuilt


def _short(thing: Any) -> str:
    text = repr(thing)
    return text if len(text) <= 80 else text[:77] + "..."


# ------------------------------------------------------------------------------------------------ files


def write(path: str | os.PathLike[str], kind: str, arrays: dict[str, Any], texts: dict[str, Any]) -> None:
    """Writes arrays (nested lists) and what JSON can hold as a safetensors file, wholly or not at all."""
    import numpy as np
    from safetensors.numpy import save as as_safetensors

    metadata = {"format": f"{FORMAT} {kind}", "version": VERSION}
    for key, value in texts.items():
        try:
            metadata[key] = json.dumps(value)
        except (TypeError, ValueError, RecursionError) as problem:
            raise ValueError(f"the {key} cannot be written as JSON: {problem}") from None
    contents = as_safetensors({name: np.array(array, dtype=np.float64) for name, array in arrays.items()}, metadata)
    write_whole(path, contents)


def write_whole(path: str | os.PathLike[str], contents: bytes) -> None:
    """Writes a file so that at its place there is always the old one or the new one, complete."""
    target = Path(path)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read(path: str | os.PathLike[str], kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays (nested lists) and the JSON of a file of ours. StorageError for anything else."""
    from safetensors import SafetensorError
    from safetensors.numpy import load as from_safetensors

    contents = Path(path).read_bytes()
    metadata = _header(path, contents).get("__metadata__", {})
    if not isinstance(metadata, dict) or metadata.get("format") != f"{FORMAT} {kind}":
        raise StorageError(path, f"it is a safetensors file, but not a {kind} of {FORMAT}")
    if metadata.get("version") != VERSION:
        raise StorageError(
            path, f"it has version {_short(metadata.get('version'))} of the format, and this package reads version {VERSION}"
        )
    try:
        tensors = from_safetensors(contents)
    except (SafetensorError, KeyError, ValueError, TypeError) as problem:
        raise StorageError(path, f"it is damaged: {problem}") from None
    for name, array in tensors.items():
        if array.dtype != "float64":
            raise StorageError(path, f"{name} holds {array.dtype}, and weights are float64")
    texts = {key: _json(path, key, text) for key, text in metadata.items() if key not in ("format", "version")}
    return {name: array.tolist() for name, array in tensors.items()}, texts


def _header(path: str | os.PathLike[str], contents: bytes) -> dict[str, Any]:
    if len(contents) < 8:
        raise StorageError(
            path, "it is empty" if not contents else f"it ends after {len(contents)} bytes, within the first number"
        )
    length = int.from_bytes(contents[:8], "little")
    if length > len(contents) - 8:
        raise StorageError(
            path, f"it is cut short, or no safetensors file: {length} bytes of header, {len(contents) - 8} in the file"
        )
    header = _json(path, "header", contents[8 : 8 + length])
    if not isinstance(header, dict):
        raise StorageError(path, "its header is not a JSON object")
    return header


def _json(path: str | os.PathLike[str], what: str, text: Any) -> Any:
    def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise StorageError(path, f"its {what} has the key {_short(key)} twice")
            found[key] = value
        return found

    try:
        return json.loads(text, object_pairs_hook=without_duplicates)
    except StorageError:
        raise
    except (ValueError, TypeError, RecursionError) as problem:
        reason = "it is nested too deeply" if isinstance(problem, RecursionError) else problem
        raise StorageError(path, f"its {what} is not JSON: {reason}") from None
