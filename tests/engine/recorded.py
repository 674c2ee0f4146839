"""Run folders and embeddings as a script with sslviz.Recorder writes them."""

import math

import numpy as np

import sslviz

ROWS, CLASSES = 60, 3
ALL = ("LatentMap", "Similarity", "Spectrum", "SelectionFigures", "FewLabels", "Health", "Patches")
"""Panel data that a window with all panels requests."""


def embedded(step, seed=0):
    """Return h float32[n, 8], whose classes move apart with the steps, and z float32[2, n, 8] of two views."""
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
