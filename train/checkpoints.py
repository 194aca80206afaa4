"""Checkpoints: after each epoch the whole state of a training, so that a killed one goes on where it was."""

import hashlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pipeline.files import atomic_path, remove_leftovers


class Checkpoints:
    """A folder with ``last.pth`` (weights, optimizer, position, history) and ``best.pth`` (weights alone).

    A training made from other pictures, parameters or weights (another ``fingerprint``) begins anew.
    """

    def __init__(self, folder: Path, fingerprint: str):
        self.folder, self.fingerprint = folder, fingerprint
        self.last, self.best = folder / "last.pth", folder / "best.pth"

    def read(self) -> dict[str, Any] | None:
        """Return the last state of this training; None where there is none. What another one left is removed."""
        if self.folder.exists():
            remove_leftovers(self.folder)
        if not self.last.exists():
            return None
        state = torch.load(self.last, map_location="cpu", weights_only=True)
        if state["fingerprint"] != self.fingerprint:
            shutil.rmtree(self.folder)
            return None
        return state

    def write(self, state: dict[str, Any], model: nn.Module, optimizer: Any, is_best: bool) -> None:
        """Keep the state after an epoch, whole or not at all; the best weights first, so that none are missed."""
        if is_best:
            self._save(model.state_dict(), self.best)
        self._save({**state, "fingerprint": self.fingerprint, "model": model.state_dict(),
                    "optimizer": _as_plain(optimizer.state_dict())}, self.last)

    def read_best(self) -> dict[str, torch.Tensor]:
        """Return the weights of the best epoch."""
        return torch.load(self.best, map_location="cpu", weights_only=True)

    def _save(self, what: Any, path: Path) -> None:
        with atomic_path(path) as temporary:
            torch.save(what, temporary)


def _as_plain(state: dict[str, Any]) -> dict[str, Any]:
    """Return an optimizer's state without numpy's numbers, which ``weights_only`` refuses to read."""
    hypers: Iterable[dict[str, Any]] = state["hypers"]
    return {**state, "hypers": [{key: v if isinstance(v, bool) else float(v) for key, v in h.items()} for h in hypers]}


def fingerprint(params: object, weights: Mapping[str, torch.Tensor], pictures: object) -> str:
    """Return what a training is made from as 64 hex digits: parameters, first weights, pictures and labels."""
    digest = hashlib.sha256(repr((params, pictures)).encode())
    for name in sorted(weights):
        digest.update(name.encode() + weights[name].detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
