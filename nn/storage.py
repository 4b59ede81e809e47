"""Models in files: the weights as safetensors, the architecture as JSON in the same file. Data, never code.

The format, version 1. A safetensors file (https://huggingface.co/docs/safetensors): eight bytes of header length, a JSON
header, the numbers. Its tensors are those of `model.state_dict()`, as float64. Its metadata, all text, are

    format          "scalar-autograd model" (a checkpoint of `fit` says "scalar-autograd checkpoint")
    version         "1"
    architecture    JSON: {"class": "MLP", "config": {"nin": 2, ...}}, a class's name and the arguments to make one, which may
                    hold further such pairs, or {"activation": "tanh"} for a function; null where none would make the model:
                    for classes that are not nn's own, parameters that are shared, or layers changed by hand
    metadata        JSON: whatever was given to `save` to go with the model
"""

from __future__ import annotations

import json
import math
import os
from typing import Any, BinaryIO

from autograd.files import StorageError as StorageError
from autograd.files import json_in, open_regular, shortened
from autograd.files import write_whole as write_whole

from . import layers, module
from .activations import ACTIVATIONS
from .module import Module
from .nested import flat
from .recurrent import LSTMCell, RNNCell

FORMAT, VERSION = "scalar-autograd", "1"

LONGEST_HEADER = 100_000_000
"""In bytes, as safetensors has it."""

CLASSES: dict[str, type[Module]] = {
    kind.__name__: kind
    for kind in (layers.MLP, layers.Layer, layers.Neuron, LSTMCell, RNNCell, module.Sequential, module.Dropout)
}
"""The classes a file may name. Nothing else is ever made from a file."""


def save(model: Module, path: str | os.PathLike[str], *, metadata: dict[str, Any] | None = None) -> None:
    """Writes a model to one file: its weights, its architecture if all its parts are nn's own, and `metadata` (any JSON).

    The file is complete or not there: it is written beside its place and then put in it. Equal models give equal files.
    ValueError for a weight that is not finite, or metadata that JSON cannot hold; OSError where it cannot be written.

    >>> from nn import MLP
    >>> save(MLP(2, [3, 1], rng=0), "model.safetensors", metadata={"classes": ["no", "yes"]})
    >>> load("model.safetensors")
    MLP(2, [3, 1], activation='relu')
    >>> load_metadata("model.safetensors")
    {'classes': ['no', 'yes']}
    """
    if not isinstance(model, Module):
        raise TypeError(f"save(model, path) writes a Module, and this is {model!r}")
    if metadata is not None and not isinstance(metadata, dict):
        raise TypeError(f"metadata is a dict, and this is {metadata!r}")
    state = model.state_dict()
    wrong = [name for name, array in state.items() if not all(map(math.isfinite, flat(array)))]
    if wrong:
        raise ValueError(f"the weights {', '.join(wrong)} are not all finite (did the training diverge?): nothing was written")
    write(path, "model", state, {"architecture": _architecture(model), "metadata": metadata or {}})


def load(path: str | os.PathLike[str], model: Module | None = None) -> Module:
    """The model in a file, in evaluation mode; or, given a `model` of the same shape, that one with the file's weights.

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
            raise StorageError(
                path,
                "it has the weights alone, since its model has parts that are shared, changed or not nn's own: "
                "make such a model, and say load(path, model)",
            )
        try:
            model = _rebuilt(texts["architecture"], sum(len(flat(array)) for array in arrays.values())).eval()
        except UNFIT as problem:
            raise StorageError(path, f"its architecture makes no model: {problem}") from None
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


UNFIT = (TypeError, ValueError, KeyError, RecursionError, OverflowError)
"""The errors that making a module raises for arguments that do not fit it."""


def _architecture(model: Module) -> Any:
    """The description of a model, or None if it would not make one with the same parameters."""
    names = [name for name, _ in model.named_parameters()]
    try:
        description = describe(model)
        rebuilt = _rebuilt(description, len(names))
    except UNFIT:
        return None
    return description if [name for name, _ in rebuilt.named_parameters()] == names else None


def _rebuilt(description: Any, weights: int) -> Module:
    """The module of a description. Making it stops at more weights than the file has, before a huge size fills the memory."""
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
            raise ValueError(f"the architecture has a part that is no module: {shortened(thing)}")
        if not isinstance(thing["class"], str) or thing["class"] not in CLASSES:
            raise ValueError(
                f"the architecture names a class {shortened(thing['class'])}, which is not one of {', '.join(CLASSES)}"
            )
        config = {key: rebuild(part) for key, part in thing["config"].items()}
        return CLASSES[thing["class"]].from_config(config, init=placeholder, rng=0)

    rebuilt = rebuild(description)
    if not isinstance(rebuilt, Module):
        raise ValueError(f"{shortened(description)} is no module")
    return rebuilt


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
    write_whole(path, _in_order(contents))


def _in_order(contents: bytes) -> bytes:
    """The same safetensors file with its header in alphabetical order, so that equal models give equal files."""
    end = 8 + int.from_bytes(contents[:8], "little")
    header = json.dumps(json.loads(contents[8:end]), sort_keys=True).encode()
    header += b" " * (-len(header) % 8)  # the format wants the numbers aligned
    return len(header).to_bytes(8, "little") + header + contents[end:]


def read(path: str | os.PathLike[str], kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays (nested lists) and the JSON of a file of ours. StorageError for anything else."""
    from safetensors import SafetensorError
    from safetensors.numpy import load as from_safetensors

    with open_regular(path) as file:
        start, metadata = _header(path, file)
        found, wanted = metadata.get("format") if isinstance(metadata, dict) else None, f"{FORMAT} {kind}"
        if found != wanted:
            raise StorageError(path, f"it is a safetensors file, and its format is {shortened(found)}, not {wanted!r}")
        if metadata.get("version") != VERSION:
            version = shortened(metadata.get("version"))
            raise StorageError(path, f"it has version {version} of the format, and this package reads version {VERSION}")
        contents = start + file.read()
    try:
        tensors = from_safetensors(contents)
    except (SafetensorError, KeyError, ValueError, TypeError) as problem:
        raise StorageError(path, f"it is damaged: {problem}") from None
    for name, array in tensors.items():
        if array.dtype != "float64":
            raise StorageError(path, f"{shortened(name)} holds {array.dtype}, and weights are float64")
        if not array.size:  # as a list, a shape like (1000000000, 0) would fill the memory
            raise StorageError(path, f"{shortened(name)} holds no numbers")
    texts = {key: json_in(path, key, text) for key, text in metadata.items() if key not in ("format", "version")}
    return {name: array.tolist() for name, array in tensors.items()}, texts


def _header(path: str | os.PathLike[str], file: BinaryIO) -> tuple[bytes, Any]:
    """The bytes that a file begins with, and the metadata in them: the rest is read if they are ours."""
    start = file.read(8)
    if len(start) < 8:
        raise StorageError(path, "it is empty" if not start else f"it ends after {len(start)} bytes, within the first number")
    length, rest = int.from_bytes(start, "little"), os.fstat(file.fileno()).st_size - 8
    if length > min(rest, LONGEST_HEADER):
        raise StorageError(path, f"it is cut short, or no safetensors file: {length} bytes of header, {rest} in the file")
    text = file.read(length)
    header = json_in(path, "header", text)
    if not isinstance(header, dict):
        raise StorageError(path, "its header is not a JSON object")
    return start + text, header.get("__metadata__", {})
