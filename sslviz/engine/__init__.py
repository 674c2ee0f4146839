"""The engine process: trains one run, writes its folder and sends messages to the window. Does not use Qt."""
