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
    RandomErasing,
    RandomResizedCrop,
    Resize,
    ResizeMethod,
    Saturation,
)
from fastai.vision.core import PILImage

from train.architectures import Body

Item = tuple[Path, str]  # file, class_id
Size = tuple[int, int]  # height, width

ENLARGED = 1.5  # pictures are squeezed to so much more than the input, then cropped at random: a crop stays sharp
LEAST_CROP = 0.35  # share of the picture's area that a random crop has, at least
STRETCH = 1.25  # by how much a crop's proportions may differ from the input's


def make_loaders(train: Sequence[Item], valid: Sequence[Item], classes: Sequence[str], body: Body, size: Size,
                 whole: Size, batch: int, workers: int = 0) -> DataLoaders:
    """Return fastai's loaders: all of the picture for ``valid``; for ``train`` random crops, mirror images and light.

    A car has no upside: nothing is turned over. A picture is squeezed to its size as the service squeezes it, whatever
    its proportions.

    Args:
        train, valid: files and their classes. classes: in the model's order.
        body: whose normalisation the pictures get.
        size: height and width of random crops, px. A crop shows things larger than the whole picture does.
        whole: height and width of whole pictures, larger for that reason (Touvron, Vedaldi, Douze and Jégou, Fixing
            the train-test resolution discrepancy, 2019).
        batch: pictures a batch. workers: processes that read pictures.
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
        after_batch=[IntToFloatTensor(), Brightness(0.2), Contrast(0.2), Saturation(0.3), normalize,
                     RandomErasing(p=0.25, sh=0.25)])
    plain = TfmdDL(sets.valid, bs=2 * batch, num_workers=workers,
                   after_item=[Resize(whole, ResizeMethod.Squish), ToTensor()],
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
