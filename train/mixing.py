"""Mixed pictures: each batch is blended with itself or gets windows of itself, so that no picture is seen twice."""

import torch
from fastai.callback.mixup import CutMix, MixUp
from torch.distributions.beta import Beta

BLENDED = 0.5  # share of the mixed batches that are blended where both ways are asked for


class Mixing(MixUp, CutMix):
    """fastai's MixUp and CutMix in one: chance says for each batch whether it is mixed, and which of the two it is.

    MixUp: Zhang, Cissé, Dauphin and Lopez-Paz, 2018; CutMix: Yun et al., 2019. Taking turns as Wightman, Touvron and
    Jégou do in ResNet strikes back, 2021.
    """

    def __init__(self, mixup: float, cutmix: float, share: float):
        """Take the alpha of each way (0 leaves it out, one of them at least is above 0) and the mixed share."""
        super().__init__(mixup or cutmix)
        self.share = share
        self.blend, self.window = (Beta(torch.tensor(alpha), torch.tensor(alpha)) if alpha else None
                                   for alpha in (mixup, cutmix))

    def before_batch(self):
        """Mix the batch, or leave it as it is."""
        if float(torch.rand(())) >= self.share:
            self.lam, self.yb1 = torch.ones(1, device=self.x.device), self.yb
        elif self.window is None or (self.blend is not None and float(torch.rand(())) < BLENDED):
            self.distrib = self.blend
            MixUp.before_batch(self)
        else:
            self.distrib = self.window
            CutMix.before_batch(self)
