"""What is computed about a training between its optimiser steps: observers, health figures, diagnosis, the map."""
