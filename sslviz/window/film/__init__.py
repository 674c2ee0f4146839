"""Films of the map: what is filmed, the scene that is drawn, its encoding, and the process and the dialog around it."""
