"""What window and engine share: messages, settings, run folders. Imports standard library, numpy and msgspec only."""
