"""Where a trained Vision Transformer looks: what its attention layers weigh, image by image."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab import logs

import numpy as np
import torch
from torch import Tensor, nn


@contextmanager
def recorded(model: nn.Module) -> Iterator[list[Tensor]]:
    """Collect what every `get_attention_weights` of the model returns, layer after layer."""
    seen: list[Tensor] = []
    layers: list[Any] = [part for part in model.modules() if hasattr(part, "get_attention_weights")]
    for layer in layers:

        def note(*given: Tensor, _ask: Any = layer.get_attention_weights) -> Tensor:
            weights: Tensor = _ask(*given)
            seen.append(weights.detach().float().cpu())
            return weights

        layer.get_attention_weights = note
    try:
        yield seen
    finally:
        for layer in layers:
            del layer.get_attention_weights  # the class's own is back


def rollout(weights: Tensor) -> Tensor:
    """Attention through all layers, from the class token to each patch (arXiv:2005.00928).

    Takes (L, B, H, T, T); returns (B, T - 1). A layer mixes half of what was there (the residual
    path) with half of what the mean over its heads gathers.
    """
    mixed = 0.5 * weights.mean(dim=2) + 0.5 * torch.eye(weights.shape[-1])  # (L, B, T, T)
    total = mixed[0]
    for layer in mixed[1:]:
        total = layer @ total
    return total[:, 0, 1:]


@torch.no_grad()
def save_attention(model: nn.Module, inputs: Tensor, path: Path, **beside: Any) -> bool:
    """Write how much the class token attends to each patch; False if the model does not show it.

    The .npz file holds `class_token` (B, L, H, N), each layer and head for itself, `rollout`
    (B, N), and what is given `beside` them: the images, their labels and so on.
    """
    model.eval()
    with recorded(model) as seen:
        logits = model(inputs)
    if not seen or any(part.shape != seen[0].shape for part in seen):
        return False
    weights = torch.stack(seen)  # (L, B, H, T, T)
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        class_token=weights[:, :, :, 0, 1:].transpose(0, 1).half().numpy(),
        rollout=rollout(weights).numpy(),
        predicted=logits.argmax(dim=1).cpu().numpy(),
        **beside,
    )
    logs.write_bytes(path, packed.getvalue())
    return True
