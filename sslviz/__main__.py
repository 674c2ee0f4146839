"""The entry point of ``python -m sslviz``."""

from sslviz.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
