"""Reads trained weights of a submission. Runs where the student's code runs, nowhere else."""

from __future__ import annotations

import io
import json
import struct
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from autograder.kit.draw import Draw
from autograder.kit.image_sets import ImageSet
from autograder.kit.observe import ContractBroken, Observed, observe

_ZIP = b"PK\x03\x04"  # how a file by torch.save begins


def read_checkpoint(data: bytes) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The model's arguments and its weights, from safetensors or from torch.save.

    safetensors: the arguments are JSON, in the metadata under "config". torch.save: a dict with
    the keys "config" and "state_dict", read with weights_only. Anything else: `ContractBroken`.
    """
    try:
        config, weights = _torch_file(data) if data[:4] == _ZIP else _safetensors(data)
    except Exception as error:
        first = (str(error).splitlines() or [""])[0][:200]
        raise ContractBroken(
            f"The checkpoint cannot be read ({type(error).__name__}: {first}). Submit the file "
            "that the training script or notebook wrote, as it is."
        ) from None
    tensors = isinstance(weights, dict) and all(type(w) is Tensor for w in weights.values())
    if not isinstance(config, dict) or not tensors:
        raise ContractBroken(
            "The checkpoint does not hold the model's arguments (`config`) and its weights."
        )
    return config, weights


def _safetensors(data: bytes) -> tuple[Any, Any]:
    from safetensors.torch import load

    weights = load(data)  # checks the header's length and all offsets
    size = struct.unpack_from("<Q", data)[0]
    metadata = json.loads(data[8 : 8 + size]).get("__metadata__", {})
    return json.loads(metadata["config"]), weights


def _torch_file(data: bytes) -> tuple[Any, Any]:
    content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    return content["config"], content["state_dict"]


def build_model(model_class: Any, checkpoint: bytes) -> nn.Module:
    """The student's model with the student's weights, in evaluation mode."""
    config, weights = read_checkpoint(checkpoint)
    arguments = ", ".join(f"{name}={value!r}" for name, value in config.items())
    model: nn.Module = model_class(**config)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines()[1:3]]
        raise ContractBroken(
            f"The weights do not fit {model_class.__name__}({arguments}): {' '.join(lines)[:400]}"
        ) from None
    return model.eval()


def trained_model(model_class: Any, draw: Draw, image_set: ImageSet) -> Observed:
    """What the submitted weights answer on the images that are given, (N,) int64."""
    model = build_model(model_class, draw.given["checkpoint"])
    pixels = torch.from_numpy(np.load(io.BytesIO(draw.given["images"]), allow_pickle=False))
    mean, std = (torch.tensor(n).view(1, -1, 1, 1) for n in (image_set.mean, image_set.std))
    with torch.no_grad():
        found = [
            model((batch.float() / 255 - mean) / std).argmax(dim=1) for batch in pixels.split(100)
        ]
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return observe(predictions=torch.cat(found), parameters=parameters)
