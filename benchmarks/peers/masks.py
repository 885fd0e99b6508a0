"""The peer of benchmarks/masks.ts: pycocotools through its Python API. Reads the same masks from a JSON file, then runs a
task for each line of standard input (`TIMES NAME`) and answers with its milliseconds and a check sum of the result."""
import json
import sys
import time

import numpy as np
from pycocotools import mask

with open(sys.argv[1]) as file:
    data = json.load(file)
side = data['side']
rles = [{'size': [side, side], 'counts': text} for text in data['masks']]
some = rles[: data['decoded']]
column_major = np.asfortranarray(mask.decode(some))
row_major = np.ascontiguousarray(np.moveaxis(column_major, 2, 0))
no_crowd = [0] * len(rles)


def area(results):
    return sum(int(mask.area(result)) for result in results)


tasks = {
    'decode': lambda: mask.decode(some),
    'encode': lambda: mask.encode(column_major),
    'encode rows': lambda: [mask.encode(np.asfortranarray(dense)) for dense in row_major],
    'polygons': lambda: mask.frPyObjects(data['polygons'], side, side),
    'iou': lambda: mask.iou(rles, rles, no_crowd),
    'union': lambda: mask.merge(rles),
    'union of some': lambda: mask.merge(rles[:20]),
    'intersection': lambda: mask.merge(rles[:2], intersect=True),
}
checks = {
    'decode': lambda result: int(result.sum(dtype=np.int64)),
    'iou': lambda result: round(float(result.sum()), 6),
    'union': lambda result: area([result]),
    'union of some': lambda result: area([result]),
    'intersection': lambda result: area([result]),
}

print(json.dumps({'python': sys.version.split()[0], 'numpy': np.__version__}), flush=True)
for line in sys.stdin:
    times, name = line.strip().split(' ', 1)
    started = time.perf_counter()
    for _ in range(int(times)):
        result = tasks[name]()
    milliseconds = (time.perf_counter() - started) * 1000 / int(times)
    print(json.dumps({'milliseconds': milliseconds, 'check': checks.get(name, area)(result)}), flush=True)
