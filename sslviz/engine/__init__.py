"""The engine: the process that trains one run, writes its folder and sends messages to the window; without Qt."""
