"""The parts of the map panel, such as the points, their colours, the legend, and the lasso that selects points."""
