"""Two to four runs side by side: their maps in one alignment, their curves, and a table of what differs."""
