"""The engine: trains a run and writes its folder, or reads a recorded run, and sends messages to the window.

It is a process of its own, except in a training without a window. It does not use Qt.
"""
