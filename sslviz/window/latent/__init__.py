"""The parts of the latent map: points, names, lasso, colours, trails, rings."""
