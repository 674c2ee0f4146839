"""The parts of the map panel, for example the points, their colours and legend, and selecting points by the mouse."""
