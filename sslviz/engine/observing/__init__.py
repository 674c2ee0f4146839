"""What the engine computes about a run between optimiser steps: health figures, diagnosis, map and panel data."""
