"""Batches: pictures of data/dataset through fastai's own transforms, so that an exported learner needs nothing else."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from fastai.data.core import DataLoaders, Datasets, TfmdDL
from fastai.data.transforms import Categorize, IntToFloatTensor, ItemGetter, Normalize, ToTensor
from fastai.vision.augment import (
    Brightness,
    Contrast,
    FlipItem,
    Hue,
    RandomResizedCrop,
    Resize,
    ResizeMethod,
    Rotate,
    Saturation,
)
from fastai.vision.core import PILImage

from train.architectures import Body

Item = tuple[Path, str]  # file, class_id
Size = tuple[int, int]  # height, width

ENLARGED = 1.15  # pictures are squeezed to so much more than the input, then cropped at random
LEAST_CROP = 0.5  # share of the picture's area that a random crop has, at least
STRETCH = 1.2  # by how much a crop's proportions may differ from the input's


def make_loaders(train: Sequence[Item], valid: Sequence[Item], classes: Sequence[str], body: Body, size: Size,
                 batch: int, workers: int = 0) -> DataLoaders:
    """Return fastai's loaders: random crops, flips and colours for ``train``; all of the picture for ``valid``.

    A car has no upside: there is no vertical flip, and turns are small. A picture is squeezed to ``size`` as the
    service squeezes it, whatever its proportions.
    """
    items = [*train, *valid]
    splits = [list(range(len(train))), list(range(len(train), len(items)))]
    sets = Datasets(items, [[ItemGetter(0), PILImage.create],
                            [ItemGetter(1), Categorize(vocab=list(classes), sort=False)]], splits=splits)
    normalize = Normalize.from_stats(body.mean, body.std, cuda=torch.cuda.is_available())
    height, width = size
    large = (round(height * ENLARGED), round(width * ENLARGED))
    ratio = width / height
    augmented = TfmdDL(
        sets.train, bs=batch, shuffle=True, drop_last=len(train) >= batch, num_workers=workers,
        after_item=[Resize(large, ResizeMethod.Squish),
                    RandomResizedCrop(size, min_scale=LEAST_CROP, ratio=(ratio / STRETCH, ratio * STRETCH)),
                    FlipItem(0.5), ToTensor()],
        after_batch=[IntToFloatTensor(), Rotate(8, p=0.5), Brightness(0.3, p=0.8), Contrast(0.3, p=0.8),
                     Saturation(0.5, p=0.8), Hue(0.1, p=0.5), normalize])
    plain = TfmdDL(sets.valid, bs=2 * batch, num_workers=workers,
                   after_item=[Resize(size, ResizeMethod.Squish), ToTensor()],
                   after_batch=[IntToFloatTensor(), normalize])
    return DataLoaders(augmented, plain, device=_device())


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def seed_everything(loaders: DataLoaders, seed: int) -> None:
    """Make what follows (order, crops, colours, dropout) a function of ``seed`` alone."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
    loaders.train.rng.seed(seed)
