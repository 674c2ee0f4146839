"""The parts of the latent map: points, rings, trails, names, colours, legends, pointing and selecting."""
