"""The peer of benchmarks/loader.ts: Pillow and NumPy as LAVT's recipe uses them (convert, bilinear resize, ImageNet statistics).
Runs a task over the pictures of a folder for each line of standard input; answers with milliseconds and a check sum."""
import json
import os
import sys
import time
from multiprocessing import Pool

import numpy as np
import PIL
from PIL import Image

folder, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
paths = [os.path.join(folder, f'{index}.jpg') for index in range(count)]
mean = np.array([0.485, 0.456, 0.406], dtype=np.float32)
std = np.array([0.229, 0.224, 0.225], dtype=np.float32)


def load(path):
    return np.asarray(Image.open(path).convert('RGB').resize((size, size), Image.BILINEAR))


def prepare(path):
    return np.ascontiguousarray(((load(path).astype(np.float32) / 255 - mean) / std).transpose(2, 0, 1))


if __name__ == '__main__':
    cores = len(os.sched_getaffinity(0))
    with Pool(cores) as pool:
        decoded = [Image.open(path).convert('RGB') for path in paths[:8]]
        tasks = {
            'one by one': lambda: sum(int(load(path).sum()) for path in paths),
            'resize': lambda: len([decoded[i % 8].resize((size, size), Image.BILINEAR) for i in range(count)]),
            'all cores': lambda: len(pool.map(prepare, paths, chunksize=2)),
        }
        print(json.dumps({'pillow': PIL.__version__, 'cores': cores}), flush=True)
        for line in sys.stdin:
            started = time.perf_counter()
            check = tasks[line.strip()]()
            print(json.dumps({'milliseconds': (time.perf_counter() - started) * 1000, 'check': check}), flush=True)
