"""The parts of the latent map: points and what is drawn about them, colours and labels, pointing and selecting."""
