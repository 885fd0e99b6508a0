"""The peer of benchmarks/optimisers.ts: torch.optim.AdamW on one tensor. Prints one JSON line a case.

Arguments: threads, runs, then numbers of parameters.
"""

import json
import sys
import time

import torch

threads, runs = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
for count in map(int, sys.argv[3:]):
    for fused in (False, True):
        parameter = torch.nn.Parameter(torch.rand(count))
        parameter.grad = torch.rand(count) - 0.5
        optimiser = torch.optim.AdamW([parameter], lr=1e-3, weight_decay=0.01, fused=fused)
        times = []
        for step in range(3 + runs):
            start = time.perf_counter()
            optimiser.step()
            if step >= 3:
                times.append((time.perf_counter() - start) * 1000)
        times.sort()
        line = {"parameters": count, "fused": fused, "milliseconds": times[len(times) // 2], "torch": torch.__version__}
        print(json.dumps(line), flush=True)
