"""The peer of benchmarks/engine.ts: the same layers in PyTorch. Reads lines `CASE MODE WARMUPS RUNS` and answers each
with one JSON line of milliseconds, wall and processor time; MODE is `training` (forward, loss, backward) or `inference`.

Argument: threads. Start it with OMP_WAIT_POLICY=PASSIVE, or its spinning threads disturb what runs beside it.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

threads = int(sys.argv[1])
torch.set_num_threads(threads)
torch.manual_seed(0)


def window_partition(x, window):
    batch, height, width, channels = x.shape
    x = x.view(batch, height // window, window, width // window, window, channels)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, window * window, channels)


def window_reverse(windows, window, height, width):
    batch = windows.shape[0] // ((height // window) * (width // window))
    x = windows.view(batch, height // window, width // window, window, window, -1)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(batch, height, width, -1)


def relative_index(window):
    rows, columns = torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")
    rows, columns = rows.flatten(), columns.flatten()
    down = rows[:, None] - rows[None, :] + window - 1
    right = columns[:, None] - columns[None, :] + window - 1
    return down * (2 * window - 1) + right


class WindowAttention(nn.Module):
    def __init__(self, width, heads, window):
        super().__init__()
        self.heads, self.window = heads, window
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.table = nn.Parameter(0.02 * torch.randn((2 * window - 1) ** 2, heads))
        self.register_buffer("index", relative_index(window).flatten(), persistent=False)

    def forward(self, x, mask):
        count, area, width = x.shape
        q, k, v = self.qkv(x).view(count, area, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        bias = self.table[self.index].view(area, area, self.heads).permute(2, 0, 1).unsqueeze(0)
        if mask is not None:
            windows = mask.shape[0]
            bias = (bias + mask.unsqueeze(1)).repeat(count // windows, 1, 1, 1)
        x = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.proj(x.transpose(1, 2).reshape(count, area, width))


class Block(nn.Module):
    def __init__(self, width, heads, window, size, shift):
        super().__init__()
        self.window, self.size, self.shift = window, size, shift
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = WindowAttention(width, heads, window)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        mask = None
        if shift > 0:
            region = torch.zeros(1, size, size, 1)
            bands = (slice(0, -window), slice(-window, -shift), slice(-shift, None))
            for number, (down, right) in enumerate((a, b) for a in bands for b in bands):
                region[:, down, right] = number
            parts = window_partition(region, window).squeeze(-1)
            mask = (parts[:, None, :] != parts[:, :, None]).float() * -100
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x):
        batch, count, width = x.shape
        y = self.norm1(x).view(batch, self.size, self.size, width)
        if self.shift:
            y = torch.roll(y, (-self.shift, -self.shift), (1, 2))
        y = self.attn(window_partition(y, self.window), self.mask)
        y = window_reverse(y, self.window, self.size, self.size)
        if self.shift:
            y = torch.roll(y, (self.shift, self.shift), (1, 2))
        x = x + y.reshape(batch, count, width)
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class Merge(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm, self.reduction = nn.LayerNorm(4 * width), nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, x, size):
        batch, _, width = x.shape
        x = x.view(batch, size, size, width)
        parts = [x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]]
        return self.reduction(self.norm(torch.cat(parts, -1).view(batch, -1, 4 * width)))


class PixelWordAttention(nn.Module):
    def __init__(self, width, word_width):
        super().__init__()
        self.vis, self.query, self.out, self.mixed = (nn.Linear(width, width) for _ in range(4))
        self.key, self.value = nn.Linear(word_width, width), nn.Linear(word_width, width)

    @staticmethod
    def norm(x):
        return F.instance_norm(x.transpose(1, 2)).transpose(1, 2)

    def forward(self, x, words, mask):
        width = x.shape[2]
        q, k, v = self.norm(self.query(x)), self.key(words) * mask, self.value(words) * mask
        logits = width**-0.5 * q @ k.transpose(1, 2) + (1e4 * mask.transpose(1, 2) - 1e4)
        language = self.norm(self.out(logits.softmax(-1) @ v))
        return F.gelu(self.mixed(F.gelu(self.vis(x)) * language))


class TextLayer(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.fc1, self.fc2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)

    def forward(self, x, bias):
        batch, length, width = x.shape
        q, k, v = (f(x).view(batch, length, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        x = self.norm1(x + self.o(y.transpose(1, 2).reshape(batch, length, width)))
        return self.norm2(x + self.fc2(F.gelu(self.fc1(x))))


class Text(nn.Module):
    def __init__(self, vocabulary, width, layers, heads, hidden, positions):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width, padding_idx=0)
        self.positions, self.types = nn.Embedding(positions, width), nn.Embedding(2, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(TextLayer(width, heads, hidden) for _ in range(layers))

    def forward(self, ids, mask):
        x = self.words(ids) + self.positions.weight[: ids.shape[1]] + self.types.weight[0]
        x = self.norm(x)
        bias = ((1 - mask) * -10000)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, bias)
        return x


class Network(nn.Module):
    def __init__(self, width, depths, heads, window, size, vocabulary, text_width, text_layers, text_heads, words):
        super().__init__()
        self.size = size
        self.text = Text(vocabulary, text_width, text_layers, text_heads, 4 * text_width, words)
        self.patches, self.patch_norm = nn.Conv2d(3, width, 4, 4), nn.LayerNorm(width)
        self.stages, self.merges, self.fusions, self.gates, self.norms = (nn.ModuleList() for _ in range(5))
        side = size // 4
        for index, depth in enumerate(depths):
            wide = width << index
            blocks = [
                Block(wide, heads[index], window, side, window // 2 if block % 2 and side > window else 0)
                for block in range(depth)
            ]
            self.stages.append(nn.Sequential(*blocks))
            self.fusions.append(PixelWordAttention(wide, text_width))
            gate = [nn.Linear(wide, wide, bias=False), nn.ReLU(), nn.Linear(wide, wide, bias=False), nn.Tanh()]
            self.gates.append(nn.Sequential(*gate))
            self.norms.append(nn.LayerNorm(wide))
            if index + 1 < len(depths):
                self.merges.append(Merge(wide))
            side //= 2
        hidden = 4 * width
        self.levels = nn.ModuleList()
        deep = 8 * width
        for index in (2, 1, 0):
            layers = [
                nn.Conv2d(deep + (width << index), hidden, 3, padding=1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU(),
                nn.Conv2d(hidden, hidden, 3, padding=1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU(),
            ]
            self.levels.append(nn.Sequential(*layers))
            deep = hidden
        self.classes = nn.Conv2d(hidden, 2, 1)

    def forward(self, image, ids, mask):
        words = self.text(ids, mask)
        x = self.patch_norm(self.patches(image).flatten(2).transpose(1, 2))
        side, maps = self.size // 4, []
        for index, stage in enumerate(self.stages):
            x = stage(x)
            r = self.fusions[index](x, words, mask[:, :, None])
            maps.append(self.norms[index](r).transpose(1, 2).unflatten(2, (side, side)))
            x = x + self.gates[index](r) * r
            if index < len(self.merges):
                x = self.merges[index](x, side)
            side //= 2
        y = maps[3]
        for level, skip in zip(self.levels, (maps[2], maps[1], maps[0])):
            y = F.interpolate(y, size=skip.shape[2:], mode="bilinear", align_corners=True)
            y = level(torch.cat([y, skip], 1))
        return F.interpolate(self.classes(y), size=image.shape[2:], mode="bilinear", align_corners=True)


def weighed(module, *shape):
    """The sum of the output times fixed weights, as the engine's side computes it."""
    x = torch.randn(*shape)
    with torch.no_grad():
        weights = torch.randn_like(module(x))
    source = x.clone().requires_grad_()

    def train():
        module.zero_grad(set_to_none=True)
        source.grad = None
        (module(source) * weights).sum().backward()

    return module, train, lambda: module(x)


def resize():
    module = nn.Upsample(size=(120, 120), mode="bilinear", align_corners=True)
    return weighed(module, 4, 64, 60, 60)


def embedding(sparse):
    module = nn.Embedding(30522, 768, padding_idx=0, sparse=sparse)
    ids = torch.randint(1, 30522, (8, 20))
    weights = torch.randn(8, 20, 768)

    def train():
        module.zero_grad(set_to_none=True)
        (module(ids) * weights).sum().backward()

    return module, train, lambda: module(ids)


def cross_entropy():
    logits = torch.randn(4, 2, 480, 480)
    source = logits.clone().requires_grad_()
    target = torch.randint(0, 2, (4, 480, 480))
    loss = nn.CrossEntropyLoss(weight=torch.tensor([0.9, 1.1]))

    def train():
        source.grad = None
        loss(source, target).backward()

    return loss, train, lambda: loss(logits, target)


def network():
    module = Network(32, (2, 2, 6, 2), (1, 2, 4, 8), 7, 224, 1000, 128, 2, 4, 20)
    image, mask = torch.randn(4, 3, 224, 224), torch.ones(4, 20)
    ids, target = torch.randint(1, 1000, (4, 20)), torch.randint(0, 2, (4, 224, 224))
    loss = nn.CrossEntropyLoss(weight=torch.tensor([0.9, 1.1]))
    optimiser = torch.optim.AdamW(module.parameters(), lr=1e-5, weight_decay=0.01)

    def train():
        optimiser.zero_grad(set_to_none=True)
        loss(module(image, ids, mask), target).backward()
        optimiser.step()

    print(f"network: {sum(p.numel() for p in module.parameters())} parameters", file=sys.stderr)
    return module, train, lambda: module(image, ids, mask)


class ConvBlock(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(128, 128, 3, padding=1, bias=False), nn.BatchNorm2d(128), nn.ReLU())


cases = {
    "linear": lambda: weighed(nn.Linear(96, 384), 12544, 96),
    "linearDeep": lambda: weighed(nn.Linear(384, 1536), 784, 384),
    "block96": lambda: weighed(Block(96, 3, 7, 56, 3), 4, 3136, 96),
    "block384": lambda: weighed(Block(384, 12, 7, 14, 3), 4, 196, 384),
    "convolution": lambda: weighed(ConvBlock(), 4, 128, 60, 60),
    "layerNorm": lambda: weighed(nn.LayerNorm(96), 4, 3136, 96),
    "resize": resize,
    "softmax": lambda: weighed(nn.Softmax(1), 4, 35, 96, 96),
    "embedding": lambda: embedding(False),
    "embeddingRows": lambda: embedding(True),
    "crossEntropy": cross_entropy,
    "network": network,
}
made = {}

print(json.dumps({"torch": torch.__version__}), flush=True)
for line in sys.stdin:
    name, mode, warmups, runs = line.split()
    if name not in made:
        made.clear()
        made[name] = cases[name]()
    module, train, infer = made[name]
    module.train(mode == "training")
    times, processor = [], []
    for run in range(int(warmups) + int(runs)):
        start, busy = time.perf_counter(), time.process_time()
        if mode == "training":
            train()
        else:
            with torch.inference_mode():
                infer()
        if run >= int(warmups):
            times.append((time.perf_counter() - start) * 1000)
            processor.append((time.process_time() - busy) * 1000)
    print(json.dumps({"wall": times, "processor": processor}), flush=True)
