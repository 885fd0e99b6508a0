"""The peer of benchmarks/models.ts: the same networks in PyTorch, written from this project's own descriptions (src/models
and its README). Reads lines `NETWORK SIZE BATCH MODE WARMUPS RUNS` and answers each with one JSON line of milliseconds,
by the clock and of the processors, parameters and the process's peak of memory in bytes; MODE is `training` (forward, loss,
backward), `learning` (with clipping and AdamW) or `inference`.

Argument: threads. Start it with OMP_WAIT_POLICY=PASSIVE, or its spinning threads disturb what runs beside it.
"""

import json
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(0)
LENGTH = 20


def tokens(x):
    return x.flatten(2).transpose(1, 2)


def to_map(x, side):
    return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], side, side)


def conv(channels, width, kernel, bias=False, **options):
    return nn.Conv2d(channels, width, kernel, padding=kernel // 2 * options.get("dilation", 1), bias=bias, **options)


def attend(q, k, v, heads, mask=None):
    """Attention of q over k and v, all [B, N, C]; the logits are scaled by a head's width."""
    q, k, v = (x.unflatten(2, (heads, -1)).transpose(1, 2) for x in (q, k, v))
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2)


# Text


class TextLayer(nn.Module):
    def __init__(self, width, heads, hidden, dropout):
        super().__init__()
        self.heads, self.rate = heads, dropout
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.fc1, self.fc2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)
        self.drop = nn.Dropout(dropout)

    def forward(self, x, bias):
        q, k, v = (f(x).unflatten(2, (self.heads, -1)).transpose(1, 2) for f in (self.q, self.k, self.v))
        rate = self.rate if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=bias, dropout_p=rate).transpose(1, 2).flatten(2)
        x = self.norm1(x + self.drop(self.o(y)))
        return self.norm2(x + self.drop(self.fc2(F.gelu(self.fc1(x)))))


class Text(nn.Module):
    def __init__(self, vocabulary, width, layers, heads, hidden, positions):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width, padding_idx=0)
        self.positions, self.types = nn.Embedding(positions, width), nn.Embedding(2, width)
        self.norm, self.drop = nn.LayerNorm(width, eps=1e-12), nn.Dropout(0.1)
        self.layers = nn.ModuleList(TextLayer(width, heads, hidden, 0.1) for _ in range(layers))

    def forward(self, ids, mask):
        x = self.words(ids) + self.positions.weight[: ids.shape[1]] + self.types.weight[0]
        x = self.drop(self.norm(x))
        bias = ((1 - mask) * -10000)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, bias)
        return x


# Trunks


class ConvBlock(nn.Sequential):
    def __init__(self, channels, width, kernel, stride=1):
        padding = 0 if kernel == stride else kernel // 2
        layer = nn.Conv2d(channels, width, kernel, stride, padding, bias=False)
        super().__init__(layer, nn.BatchNorm2d(width), nn.ReLU(inplace=True))


class ResidualBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = ConvBlock(width, width, 3)
        self.second = nn.Sequential(conv(width, width, 3), nn.BatchNorm2d(width))

    def forward(self, x):
        return F.relu(x + self.second(self.first(x)), inplace=True)


class ConvolutionalTrunk(nn.Module):
    def __init__(self, widths=(32, 64, 128, 192), depths=(2, 2, 2, 2)):
        super().__init__()
        self.widths = widths
        half = math.ceil(widths[0] * 0.75)
        self.stem = nn.Sequential(ConvBlock(5, half, 3, 2), ConvBlock(half, widths[0], 2, 2))
        self.stages = nn.ModuleList(
            nn.Sequential(*(ResidualBlock(width) for _ in range(depth))) for width, depth in zip(widths, depths)
        )
        self.merges = nn.ModuleList(ConvBlock(a, b, 2, 2) for a, b in zip(widths, widths[1:]))

    def embed(self, image):
        batch, _, side, _ = image.shape
        line = (torch.arange(side) + 0.5) / side * 2 - 1
        x, y = line.expand(batch, 1, side, side), line[:, None].expand(batch, 1, side, side)
        return tokens(self.stem(torch.cat([image, x, y], 1)))

    def stage(self, index, x, side):
        return tokens(self.stages[index](to_map(x, side)))

    def merge(self, index, x, side):
        return tokens(self.merges[index](to_map(x, side)))


def relative_index(window):
    rows, columns = torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")
    rows, columns = rows.flatten(), columns.flatten()
    down = rows[:, None] - rows[None, :] + window - 1
    right = columns[:, None] - columns[None, :] + window - 1
    return down * (2 * window - 1) + right


def partition(x, window):
    batch, height, width, channels = x.shape
    x = x.view(batch, height // window, window, width // window, window, channels)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, window * window, channels)


class SwinBlock(nn.Module):
    def __init__(self, width, heads, window, side, shifted, drop):
        super().__init__()
        self.heads, self.window, self.side, self.rate = heads, window, side, drop
        self.padded = math.ceil(side / window) * window
        self.shift = window // 2 if shifted else 0
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.table = nn.Parameter(0.02 * torch.randn((2 * window - 1) ** 2, heads))
        self.register_buffer("index", relative_index(window).flatten(), persistent=False)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        mask = None
        if self.shift:
            region = torch.zeros(1, self.padded, self.padded, 1)
            bands = (slice(0, -window), slice(-window, -self.shift), slice(-self.shift, None))
            for number, (down, right) in enumerate((a, b) for a in bands for b in bands):
                region[:, down, right] = number
            parts = partition(region, window).squeeze(-1)
            mask = (parts[:, None, :] != parts[:, :, None]).float() * -100
        self.register_buffer("mask", mask, persistent=False)

    def drop_path(self, x):
        if not self.training or self.rate == 0:
            return x
        kept = torch.rand(x.shape[0], 1, 1) >= self.rate
        return x * (kept / (1 - self.rate))

    def attention(self, x):
        count, area, _ = x.shape
        q, k, v = self.qkv(x).view(count, area, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        bias = self.table[self.index].view(area, area, self.heads).permute(2, 0, 1).unsqueeze(0)
        if self.mask is not None:
            bias = (bias + self.mask.unsqueeze(1)).repeat(count // self.mask.shape[0], 1, 1, 1)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.proj(y.transpose(1, 2).flatten(2))

    def forward(self, x):
        batch, _, width = x.shape
        side, padded, window, shift = self.side, self.padded, self.window, self.shift
        y = self.norm1(x).view(batch, side, side, width)
        if padded > side:
            y = F.pad(y, (0, 0, 0, padded - side, 0, padded - side))
        if shift:
            y = torch.roll(y, (-shift, -shift), (1, 2))
        y = self.attention(partition(y, window))
        count = padded // window
        y = y.view(batch, count, count, window, window, width).permute(0, 1, 3, 2, 4, 5).reshape(batch, padded, padded, width)
        if shift:
            y = torch.roll(y, (shift, shift), (1, 2))
        x = x + self.drop_path(y[:, :side, :side].reshape(batch, side * side, width))
        return x + self.drop_path(self.fc2(F.gelu(self.fc1(self.norm2(x)))))


class SwinMerge(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm, self.reduction = nn.LayerNorm(4 * width), nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, x, side):
        batch, _, width = x.shape
        x = x.view(batch, side, side, width)
        if side % 2:
            x = F.pad(x, (0, 0, 0, 1, 0, 1))
        parts = [x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]]
        return self.reduction(self.norm(torch.cat(parts, -1).flatten(1, 2)))


class SwinTrunk(nn.Module):
    def __init__(self, size, width=96, depths=(2, 2, 6, 2), heads=(3, 6, 12, 24), window=7, drop=0.2):
        super().__init__()
        self.widths = [width << index for index in range(4)]
        self.patches, self.norm = nn.Conv2d(3, width, 4, 4), nn.LayerNorm(width)
        rates = iter(torch.linspace(0, drop, sum(depths)).tolist())
        side, self.stages = math.ceil(size / 4), nn.ModuleList()
        for index, depth in enumerate(depths):
            shifts = side > window
            self.stages.append(
                nn.Sequential(
                    *(
                        SwinBlock(self.widths[index], heads[index], window, side, shifts and block % 2 == 1, next(rates))
                        for block in range(depth)
                    )
                )
            )
            side = math.ceil(side / 2)
        self.merges = nn.ModuleList(SwinMerge(width) for width in self.widths[:-1])

    def embed(self, image):
        return self.norm(tokens(self.patches(image)))

    def stage(self, index, x, side):
        return self.stages[index](x)

    def merge(self, index, x, side):
        return self.merges[index](x, side)


# Language and vision


class PixelWordAttention(nn.Module):
    def __init__(self, width, word_width):
        super().__init__()
        self.vis, self.query, self.out, self.mixed = (nn.Linear(width, width) for _ in range(4))
        self.key, self.value = nn.Linear(word_width, width), nn.Linear(word_width, width)

    @staticmethod
    def norm(x):
        return F.instance_norm(x.transpose(1, 2)).transpose(1, 2)

    def forward(self, x, words, mask):
        q, k, v = self.norm(self.query(x)), self.key(words) * mask, self.value(words) * mask
        logits = x.shape[2] ** -0.5 * q @ k.transpose(1, 2) + (1e4 * mask.transpose(1, 2) - 1e4)
        language = self.norm(self.out(logits.softmax(-1) @ v))
        return F.gelu(self.mixed(F.gelu(self.vis(x)) * language))


class Gate(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first, self.second = nn.Linear(width, width, bias=False), nn.Linear(width, width, bias=False)

    def forward(self, r):
        return torch.tanh(self.second(F.relu(self.first(r), inplace=True))) * r


class LavtStage(nn.Module):
    def __init__(self, width, word_width):
        super().__init__()
        self.fusion, self.gate = PixelWordAttention(width, word_width), Gate(width)

    def forward(self, x, words, mask, side):
        r = self.fusion(x, words, mask)
        return r, x + self.gate(r)


class MultiBranch(nn.Module):
    def __init__(self):
        super().__init__()
        self.identity = nn.BatchNorm2d(1)
        self.point = nn.Sequential(conv(1, 1, 1), nn.BatchNorm2d(1))
        self.wide = nn.Sequential(conv(1, 1, 1), nn.BatchNorm2d(1), conv(1, 1, 3), nn.BatchNorm2d(1))

    def forward(self, z):
        return self.identity(z) + self.point(z) + self.wide(z)


class RmsinStage(nn.Module):
    def __init__(self, width, word_width):
        super().__init__()
        self.fusion = PixelWordAttention(width, word_width)
        self.gate, self.visual_gate = Gate(width), Gate(width)
        self.first, self.second = MultiBranch(), MultiBranch()

    def forward(self, x, words, mask, side):
        r = self.fusion(x, words, mask)
        average = x.mean(2).view(-1, 1, side, side)
        weight = torch.sigmoid(self.second(F.relu(self.first(average)))).flatten(2).transpose(1, 2)
        return r, x + self.gate(r) + self.visual_gate(x * weight)


class MrsnetStage(nn.Module):
    def __init__(self, width, word_width):
        super().__init__()
        self.fusion = PixelWordAttention(width, word_width)
        self.gate, self.detail_gate = Gate(width), Gate(width)
        reduced = max(8, math.ceil(width / 4))
        self.norm, self.route, self.reduce = nn.LayerNorm(width), nn.Linear(width, 3), nn.Linear(width, reduced)
        self.branches = nn.ModuleList(conv(reduced, reduced, 3, True, dilation=step) for step in (1, 2, 3))
        self.proj, self.detail = nn.Linear(reduced, width), nn.Linear(width, width)

    def forward(self, x, words, mask, side):
        r = self.fusion(x, words, mask)
        asked = self.norm(x + r)
        routes = self.route(asked).softmax(-1)
        reduced = to_map(self.reduce(asked), side)
        mixed = sum(tokens(branch(reduced)) * routes[:, :, i : i + 1] for i, branch in enumerate(self.branches))
        d = F.gelu(self.proj(mixed))
        return r + self.detail(d), x + self.gate(r) + self.detail_gate(d)


# Across scales


class Exchange(nn.Module):
    """Pre-norm transformer block over the tokens of all scales and the words."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x, hidden):
        x = x + self.proj(attend(*self.qkv(self.norm1(x)).chunk(3, -1), self.heads, hidden))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class Hfim(nn.Module):
    def __init__(self, widths, word_width, width=128, layers=2, heads=4, grid=8):
        super().__init__()
        self.grid = grid
        self.kinds = nn.Parameter(0.02 * torch.randn(len(widths) + 1, 1, width))
        self.register_buffer("positions", torch.randn(1, grid * grid, width), persistent=False)
        self.embeds = nn.ModuleList(nn.Linear(channels, width) for channels in widths)
        self.words = nn.Linear(word_width, width)
        self.layers = nn.ModuleList(Exchange(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.returns = nn.ModuleList(nn.Conv2d(width, 2 * channels, 1) for channels in widths)

    def forward(self, maps, words, mask):
        grid, cells = self.grid, self.grid**2
        parts = [
            embed(tokens(F.adaptive_avg_pool2d(x, grid))) + self.positions + kind
            for embed, x, kind in zip(self.embeds, maps, self.kinds)
        ]
        x = torch.cat([*parts, self.words(words) + self.kinds[-1]], 1)
        visible = torch.zeros(x.shape[0], 1, 1, cells * len(maps))
        hidden = torch.cat([visible, ((mask - 1) * 1e4).view(-1, 1, 1, LENGTH)], 3)
        for layer in self.layers:
            x = layer(x, hidden)
        parts = self.norm(x).split([cells] * len(maps) + [LENGTH], 1)
        results = []
        for own, part, back in zip(maps, parts, self.returns):
            both = F.interpolate(back(to_map(part, grid)), own.shape[2:], mode="bilinear", align_corners=False)
            gate, addition = both.chunk(2, 1)
            results.append(own * (2 * torch.sigmoid(gate)) + addition)
        return results


class FeedForward(nn.Sequential):
    def __init__(self, width):
        super().__init__(
            nn.BatchNorm2d(width), conv(width, 2 * width, 1, True), nn.BatchNorm2d(2 * width),
            conv(2 * width, 2 * width, 3, True, groups=width), nn.ReLU6(inplace=True), conv(2 * width, width, 1, True),
        )


class CrossScaleAttention(nn.Module):
    def __init__(self, width, side):
        super().__init__()
        self.side = side
        total = sum(((side - 1) // step + 1) ** 2 for step in (1, 2, 3))
        self.norm = nn.BatchNorm2d(width)
        self.halved = nn.Sequential(nn.Conv2d(width, width, 3, 2, 1, groups=width), nn.BatchNorm2d(width))
        self.third = nn.Sequential(nn.Conv2d(width, width, 5, 3, 2, groups=width), nn.BatchNorm2d(width))
        self.qkv, self.qkv_norm = nn.Linear(width, 1024, bias=False), nn.BatchNorm1d(1024)
        self.proj, self.to_out = nn.Linear(total, side * side), nn.Linear(512, width)
        self.local = conv(512, 512, 3, True, groups=512)
        self.last_norm, self.last = nn.BatchNorm2d(width), conv(width, width, 1, True)

    def forward(self, z):
        x = self.norm(z)
        x = torch.cat([tokens(x), tokens(self.halved(x)), tokens(self.third(x))], 1)
        batch, total, _ = x.shape
        area = self.side**2
        qkv = self.qkv_norm(self.qkv(x).flatten(0, 1)).view(batch, total, 8, 128).transpose(1, 2)
        q, k, v = qkv.split((32, 32, 64), -1)
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, 512, total)
        local = F.hardswish(v[:, :, :area].reshape(batch, 512, self.side, self.side))
        y = self.proj(y) + self.local(local).flatten(2)
        out = to_map(self.to_out(y.transpose(1, 2)), self.side)
        return self.last(F.hardswish(self.last_norm(out)))


class ScaleGate(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.local, self.embed, self.gate = (
            nn.Sequential(conv(width, width, 1, True), nn.BatchNorm2d(width)) for _ in range(3)
        )

    def forward(self, own, exchanged):
        size = own.shape[2:]
        gate = F.interpolate(F.hardsigmoid(self.gate(exchanged)), size, mode="bilinear")
        return self.local(own) * gate + F.interpolate(self.embed(exchanged), size, mode="bilinear")


class Cim(nn.Module):
    def __init__(self, widths, side):
        super().__init__()
        self.widths, self.side = list(widths), side
        total = sum(widths)
        width = total // 4
        self.down, self.up = conv(total, width, 1, True), conv(width, total, 1, True)
        self.csa1, self.csa2 = CrossScaleAttention(width, side), CrossScaleAttention(width, side)
        self.parts = nn.ModuleList(FeedForward(channels // 4) for channels in widths)
        self.forward_part, self.norm = FeedForward(width), nn.BatchNorm2d(width)
        self.gates = nn.ModuleList(ScaleGate(channels) for channels in widths)

    def forward(self, maps, words, mask):
        z = self.down(torch.cat([F.adaptive_avg_pool2d(x, self.side) for x in maps], 1))
        z = z + self.csa1(z)
        parts = z.split([channels // 4 for channels in self.widths], 1)
        z = z + torch.cat([part + own(part) for part, own in zip(parts, self.parts)], 1)
        z = z + self.csa2(z)
        z = z + self.forward_part(z)
        groups = self.up(self.norm(z)).split(self.widths, 1)
        return [gate(x, group) for gate, x, group in zip(self.gates, maps, groups)]


# Decoder


class RotatedConvolution(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1, width, channels, 3, 3) * math.sqrt(2 / (9 * channels)))
        self.local, self.norm = conv(channels, channels, 3, groups=channels), nn.LayerNorm(channels)
        self.alpha, self.theta = nn.Linear(channels, 1), nn.Linear(channels, 1, bias=False)
        self.drop = nn.Dropout(0.2)
        offsets = torch.tensor([[x, y] for y in (-1.0, 0.0, 1.0) for x in (-1.0, 0.0, 1.0)])
        self.register_buffer("offsets", offsets, persistent=False)

    def forward(self, x):
        batch, channels, height, width = x.shape
        pooled = F.relu(self.norm(self.local(x).permute(0, 2, 3, 1))).mean((1, 2))
        alpha = torch.sigmoid(self.alpha(self.drop(pooled)))
        theta = F.softsign(self.theta(self.drop(pooled))) * (40 * math.pi / 180)
        cosine, sine = theta.cos(), theta.sin()
        dx, dy = self.offsets.unbind(1)
        sx, sy = (dx * cosine - dy * sine).clamp(-1, 1), (dx * sine + dy * cosine).clamp(-1, 1)
        near = lambda s, cell: (1 - (s[:, :, None] - cell).abs()).clamp(min=0)
        rotation = near(sx, dx) * near(sy, dy) * alpha[:, :, None]  # [B, 9, 9]
        kernels = (self.weight.flatten(3) @ rotation[:, None].transpose(2, 3)).reshape(-1, channels, 3, 3)
        y = F.conv2d(x.reshape(1, -1, height, width), kernels, padding=1, groups=batch)
        return y.view(batch, -1, height, width)


class Decoder(nn.Module):
    def __init__(self, widths, hidden, rotated):
        super().__init__()
        self.first, self.second = nn.ModuleList(), nn.ModuleList()
        deep = widths[3]
        for index in (2, 1, 0):
            self.first.append(ConvBlock(deep + widths[index], hidden, 3))
            layer = RotatedConvolution(hidden, hidden) if rotated else conv(hidden, hidden, 3)
            self.second.append(nn.Sequential(layer, nn.BatchNorm2d(hidden), nn.ReLU(inplace=True)))
            deep = hidden
        self.classes = nn.Conv2d(hidden, 2, 1)

    def forward(self, maps):
        y = maps[3]
        for first, second, skip in zip(self.first, self.second, maps[2::-1]):
            y = F.interpolate(y, skip.shape[2:], mode="bilinear", align_corners=True)
            y = second(first(torch.cat([y, skip], 1)))
        return y, self.classes(y)


class NoTarget(nn.Module):
    def __init__(self, channels, word_width):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(2 * channels + 2 + word_width, channels), nn.Linear(channels, 1)

    def forward(self, y, logits, words, mask):
        margin = logits[:, 1] - logits[:, 0]
        sentence = (words * mask).sum(1) / mask.sum(1)
        seen = [y.mean((2, 3)), y.amax((2, 3)), margin.amax((1, 2))[:, None], margin.mean((1, 2))[:, None], sentence]
        return self.fc2(F.gelu(self.fc1(torch.cat(seen, 1))))


class Network(nn.Module):
    def __init__(self, text, word_width, trunk, stage, across=None, hidden=None, rotated=False, no_target=True):
        super().__init__()
        self.text, self.trunk, self.across = text, trunk, across
        self.interactions = nn.ModuleList(stage(width, word_width) for width in trunk.widths)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for width in trunk.widths)
        hidden = hidden or trunk.widths[3] // 2
        self.decoder = Decoder(trunk.widths, hidden, rotated)
        self.no_target = NoTarget(hidden, word_width) if no_target else None

    def forward(self, image, ids, mask):
        words, weights = self.text(ids, mask), mask[:, :, None]
        x, maps, side = self.trunk.embed(image), [], math.ceil(image.shape[2] / 4)
        for index, (interaction, norm) in enumerate(zip(self.interactions, self.norms)):
            r, x = interaction(self.trunk.stage(index, x, side), words, weights, side)
            maps.append(to_map(norm(r), side))
            if index < 3:
                x = self.trunk.merge(index, x, side)
            side = math.ceil(side / 2)
        if self.across:
            maps = self.across(maps, words, weights)
        y, logits = self.decoder(maps)
        exists = self.no_target(y, logits, words, weights) if self.no_target else None
        return logits, exists


def nano(stage, across=None, rotated=False):
    def build(size):
        trunk = ConvolutionalTrunk()
        text = Text(2048, 128, 2, 4, 384, 32)
        return Network(text, 128, trunk, stage, across and across(trunk.widths, size), hidden=48, rotated=rotated)

    return build


networks = {
    "lavt-nano": nano(LavtStage),
    "rmsin-nano": nano(RmsinStage, lambda widths, size: Cim(widths, size // 32), rotated=True),
    "mrsnet-nano": nano(MrsnetStage, lambda widths, size: Hfim(widths, 128)),
    "lavt-small": lambda size: Network(
        Text(30522, 384, 6, 12, 1536, 512), 384, SwinTrunk(size), LavtStage, no_target=False
    ),
}


def prepare(name, size, batch):
    module = networks[name](size)
    image, mask = torch.randn(batch, 3, size, size), torch.ones(batch, LENGTH)
    ids, target = torch.randint(1, 2000, (batch, LENGTH)), torch.randint(0, 2, (batch, size, size))
    weights = torch.tensor([0.9, 1.1])

    def train():
        module.zero_grad(set_to_none=True)
        logits, exists = module(image, ids, mask)
        logits = F.interpolate(logits, (size, size), mode="bilinear", align_corners=True)
        loss = F.cross_entropy(logits, target, weights)
        if exists is not None:
            loss = loss + 0.2 * F.binary_cross_entropy_with_logits(exists, torch.ones_like(exists))
        loss.backward()

    optimiser = torch.optim.AdamW(module.parameters(), lr=1e-4, weight_decay=0.05)

    def learn():
        train()
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimiser.step()

    return module, train, learn, lambda: module(image, ids, mask)


made = {}
print(json.dumps({"torch": torch.__version__}), flush=True)
for line in sys.stdin:
    name, size, batch, mode, warmups, runs = line.split()
    if (name, size, batch) not in made:
        made.clear()
        made[name, size, batch] = prepare(name, int(size), int(batch))
    module, train, learn, infer = made[name, size, batch]
    module.train(mode != "inference")
    wall, processor = [], []
    for run in range(int(warmups) + int(runs)):
        start, busy = time.perf_counter(), time.process_time()
        if mode == "training":
            train()
        elif mode == "learning":
            learn()
        else:
            with torch.inference_mode():
                infer()
        if run >= int(warmups):
            wall.append((time.perf_counter() - start) * 1000)
            processor.append((time.process_time() - busy) * 1000)
    parameters = sum(parameter.numel() for parameter in module.parameters())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"wall": wall, "processor": processor, "parameters": parameters, "peak": peak}), flush=True)
