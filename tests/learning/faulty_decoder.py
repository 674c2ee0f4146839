"""A process that decodes pictures, and that crashes on crash.png and hangs on hang.png."""

from __future__ import annotations

import os
import sys
import time

from sslviz.learning.io import decoder_process
from sslviz.learning.io.pictures import Shape

COMMAND = (sys.executable, __file__)
picture = decoder_process._picture


def faulty(path: str, shape: Shape | None) -> decoder_process.Result:
    if path.endswith("crash.png"):
        os.abort()
    if path.endswith("hang.png"):
        time.sleep(60)
    return picture(path, shape)


if __name__ == "__main__":
    decoder_process._picture = faulty
    decoder_process.main()
