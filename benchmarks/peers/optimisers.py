"""The peer of benchmarks/optimisers.ts: torch.optim.AdamW on one tensor, torch.optim.Muon on kernels. One JSON line a case.

Arguments: threads, runs, number, rows and columns of the kernels, then numbers of parameters for AdamW.
"""

import json
import sys
import time

import torch

threads, runs, count, rows, columns = map(int, sys.argv[1:6])
torch.set_num_threads(threads)


def milliseconds(optimiser):
    times = []
    for step in range(3 + runs):
        start = time.perf_counter()
        optimiser.step()
        if step >= 3:
            times.append((time.perf_counter() - start) * 1000)
    times.sort()
    return times[len(times) // 2]


def tell(kind, parameters, fused, optimiser):
    line = {"kind": kind, "parameters": parameters, "fused": fused, "milliseconds": milliseconds(optimiser)}
    print(json.dumps({**line, "torch": torch.__version__}), flush=True)


def parameter(*shape):
    made = torch.nn.Parameter(torch.rand(*shape))
    made.grad = torch.rand(*shape) - 0.5
    return made


for size in map(int, sys.argv[6:]):
    for fused in (False, True):
        tell("adamw", size, fused, torch.optim.AdamW([parameter(size)], lr=1e-3, weight_decay=0.01, fused=fused))
made = [parameter(rows, columns) for _ in range(count)]
tell("muon", count * rows * columns, False, torch.optim.Muon(made, lr=1e-3, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"))
