"""What a person sees: Qt and pyqtgraph. No torch, umap or scikit-learn."""
