"""Writes to a run folder what a script logs: figures, embeddings and samples.

Less is written if this would slow the script down noticeably, or if all snapshots together would become too large.
"""
