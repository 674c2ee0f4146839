"""Computations about a training between its optimiser steps: observers, health figures, diagnosis and the map."""
