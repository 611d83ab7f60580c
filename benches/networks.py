"""The peer of benches/networks.rs: the same networks in PyTorch and MONAI on the CPU, milliseconds (median)."""

import statistics
import time

import torch
from torch import nn


def double_conv(a, b):
    def conv(i, o):
        return [nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU()]

    return nn.Sequential(*conv(a, b), *conv(b, b))


class UNet(nn.Module):
    def __init__(self, features):
        super().__init__()
        maps = [features << level for level in range(5)]
        self.down = nn.ModuleList(
            double_conv(2 if level == 0 else maps[level - 1], maps[level]) for level in range(5)
        )
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(maps[level + 1], maps[level], 2, 2) for level in (3, 2, 1, 0)
        )
        self.join = nn.ModuleList(double_conv(2 * maps[level], maps[level]) for level in (3, 2, 1, 0))
        self.head = nn.Conv2d(features, 2, 1)

    def forward(self, x):
        skipped = []
        for level, block in enumerate(self.down):
            x = block(nn.functional.max_pool2d(x, 2) if level else x)
            skipped.append(x)
        for step, (up, join) in enumerate(zip(self.up, self.join)):
            x = join(torch.cat([skipped[3 - step], up(x)], 1))
        return self.head(x)


def timed(work, n=10):
    work()
    taken = []
    for _ in range(n):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


for features in (16, 64):
    net = UNet(features).eval()
    x = torch.rand(1, 2, 256, 256)
    with torch.no_grad():
        print(f"forward, {features} features: {timed(lambda: net(x)):.0f}")
net = UNet(16).train()
adam = torch.optim.Adam(net.parameters(), 1e-3)
x = torch.rand(8, 2, 256, 256)


def step(error):
    loss = (error() ** 2).mean()
    adam.zero_grad()
    loss.backward()
    adam.step()


print(f"training step, 16 features, batch 8: {timed(lambda: step(lambda: net(x) - x)):.0f}")


def sfcn(maps):
    """Peng and others 2021, as src/models/nets/sfcn.rs has it."""
    blocks, before = [], 1
    for at, n in enumerate(maps):
        last = at + 1 == len(maps)
        blocks += [nn.Conv3d(before, n, 1 if last else 3, padding=0 if last else 1), nn.BatchNorm3d(n)]
        blocks += [nn.ReLU()] if last else [nn.MaxPool3d(2), nn.ReLU()]
        before = n
    head = [nn.AdaptiveAvgPool3d(1), nn.Dropout(0.5), nn.Conv3d(before, 2, 1), nn.Flatten()]
    return nn.Sequential(*blocks, *head)


net = sfcn([16, 32, 64, 64, 64]).train()
adam = torch.optim.Adam(net.parameters(), 1e-3)
x = torch.rand(4, 1, 48, 56, 56)
print(f"SFCN training step, 48 x 56 x 56, batch 4: {timed(lambda: step(lambda: net(x))):.0f}")

try:
    from monai.networks.nets import DenseNet121
    from monai.visualize import OcclusionSensitivity
except ImportError:
    print("MONAI is not installed")
else:
    net = DenseNet121(3, 1, 2).eval()
    x = torch.rand(1, 1, 96, 104, 104)
    with torch.no_grad():
        print(f"DenseNet121 forward, 96 x 104 x 104: {timed(lambda: net(x)):.0f}")
    net.train()
    adam = torch.optim.Adam(net.parameters(), 1e-3)
    taken = timed(lambda: step(lambda: net(x)))
    print(f"DenseNet121 training step, 96 x 104 x 104, batch 1: {taken:.0f}")
    net.eval()
    occlusion = OcclusionSensitivity(net, mask_size=(12, 13, 13), n_batch=4, mode=0.0, overlap=0.0,
                                     activate=False, verbose=False)
    began = time.perf_counter()
    occlusion(x)
    print(f"occlusion map, 512 boxes in batches of 4: {1000 * (time.perf_counter() - began):.0f}")
