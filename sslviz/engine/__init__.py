"""The training process: one run, its loop, its folder, its messages. No Qt."""
