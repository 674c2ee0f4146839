"""Embeddings and run folders as a script records them."""

import math

import numpy as np

import sslviz

ROWS, CLASSES = 60, 3


def embedded(step, seed=0):
    """Classes that move apart as steps go on, and two views of their z."""
    rng = np.random.default_rng(seed)
    centres = np.eye(CLASSES, 8)[np.arange(ROWS) % CLASSES] * step / 100
    h = (centres + rng.normal(0, 0.1, (ROWS, 8))).astype(np.float32)
    return h, np.stack([h, h + rng.normal(0, 0.01, h.shape).astype(np.float32)])


def record(folder, steps=300, every=100, **more):
    made = sslviz.Recorder(folder, settings={"temperature": 0.5}, chance=math.log(2 * ROWS - 1), every_s=0)
    for step in range(0, steps + 1, every):
        h, z = embedded(step)
        made.log(step, h=h, z=z, labels=[f"class {i % CLASSES}" for i in range(ROWS)], **more)
        for after in range(step + 1, step + every + 1):
            made.log(after, loss=5 / (1 + after / 50), grad_norm=1.0, margin=after)
    made.close()
    return made.folder
