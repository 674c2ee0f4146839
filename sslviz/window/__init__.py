"""What a person sees: Qt and pyqtgraph. No torch, numba or scikit-learn."""
