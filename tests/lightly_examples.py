"""SimCLR, VICReg and BYOL by lightly's modules and losses, in the structure of its documentation, on made-up views.

The first two are plain loops; BYOL is a LightningModule. A batch has the structure of lightly's own: two views of each
image, labels, and names of files.
"""

import copy
import warnings
from itertools import pairwise

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # lightly and what it imports
    import pytorch_lightning as pl
    import torchvision
    from lightly.loss import NegativeCosineSimilarity, NTXentLoss, VICRegLoss
    from lightly.models.modules.heads import (
        BYOLPredictionHead,
        BYOLProjectionHead,
        SimCLRProjectionHead,
        VICRegProjectionHead,
    )
    from lightly.models.utils import deactivate_requires_grad, update_momentum
    from lightly.utils.scheduler import cosine_schedule

H_DIM = 512


class Views(Dataset):
    """Coloured noise: a class has a colour, and a view another noise."""

    def __init__(self, count, side=32):
        generator = torch.Generator().manual_seed(0)
        self.labels = torch.arange(count) % 4
        colours = torch.rand(4, 3, 1, 1, generator=generator)
        self.views = (colours[self.labels] + 0.3 * torch.randn(2, count, 3, side, side, generator=generator)).clamp(
            0, 1
        )

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return list(self.views[:, index]), int(self.labels[index]), f"{index}.png"


def resnet():
    return nn.Sequential(*list(torchvision.models.resnet18().children())[:-1])


def small():
    """A backbone for a processor, as wide at its end as a ResNet-18."""
    widths = (3, 32, 64, 128, H_DIM)
    layers = [
        nn.Sequential(nn.Conv2d(*pair, 3, 2, 1, bias=False), nn.BatchNorm2d(pair[1]), nn.ReLU())
        for pair in pairwise(widths)
    ]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1))


class SimCLR(nn.Module):
    criterion = NTXentLoss

    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone
        self.projection_head = SimCLRProjectionHead(H_DIM, 512, 128)

    def forward(self, x):
        return self.projection_head(self.backbone(x).flatten(start_dim=1))


class VICReg(SimCLR):
    criterion = VICRegLoss

    def __init__(self, backbone):
        super().__init__(backbone)
        self.projection_head = VICRegProjectionHead(H_DIM, 1024, 1024, num_layers=2)


class BYOL(pl.LightningModule):
    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone
        self.projection_head = BYOLProjectionHead(H_DIM, 512, 128)
        self.prediction_head = BYOLPredictionHead(128, 512, 128)
        self.backbone_momentum = copy.deepcopy(self.backbone)
        self.projection_head_momentum = copy.deepcopy(self.projection_head)
        deactivate_requires_grad(self.backbone_momentum)
        deactivate_requires_grad(self.projection_head_momentum)
        self.criterion = NegativeCosineSimilarity()

    def forward(self, x):
        return self.prediction_head(self.projection_head(self.backbone(x).flatten(start_dim=1)))

    def forward_momentum(self, x):
        return self.projection_head_momentum(self.backbone_momentum(x).flatten(start_dim=1)).detach()

    def training_step(self, batch, batch_index):
        momentum = cosine_schedule(self.current_epoch, 10, 0.996, 1)
        update_momentum(self.backbone, self.backbone_momentum, m=momentum)
        update_momentum(self.projection_head, self.projection_head_momentum, m=momentum)
        x0, x1 = batch[0]
        loss = 0.5 * (
            self.criterion(self(x0), self.forward_momentum(x1)) + self.criterion(self(x1), self.forward_momentum(x0))
        )
        self.log("train_loss_ssl", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.06)


LOOPS = {"simclr": SimCLR, "vicreg": VICReg}


def loop(model, loader, watch=lambda model: None, log=lambda step, loss: None, more=lambda step: step < 1):
    """Train by a plain loop; ``watch`` is called before it, and ``log`` after each step, while ``more`` says so."""
    criterion, optimiser = model.criterion(), torch.optim.SGD(model.parameters(), lr=0.06)
    watch(model)
    step = 0
    while more(step):
        for views, _, _ in loader:
            x0, x1 = views
            loss = criterion(model(x0), model(x1))
            loss.backward()
            optimiser.step()
            optimiser.zero_grad()
            step += 1
            log(step, loss.detach())
            if not more(step):
                return


def fit(module, loader, folder, callbacks, *, epochs=1, max_time=None):
    """Train by Lightning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        quiet = {
            "logger": False,
            "enable_checkpointing": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
        }
        trainer = pl.Trainer(
            max_epochs=epochs,
            max_time=max_time,
            accelerator="cpu",
            callbacks=callbacks,
            default_root_dir=folder,
            **quiet,
        )
        trainer.fit(module, loader)
    return trainer.global_step


def loader(count, batch_size):
    return DataLoader(Views(count), batch_size, shuffle=True, drop_last=True)
