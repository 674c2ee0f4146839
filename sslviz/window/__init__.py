"""The window, made with Qt and pyqtgraph. It imports no torch, numba or scikit-learn."""
