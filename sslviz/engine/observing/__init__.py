"""What is looked at between optimiser steps: observers, figures, diagnosis, the map."""
