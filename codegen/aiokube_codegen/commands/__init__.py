"""The commands of `aiokube`, each in a file of its own: `add_parser` declares it, `run` does it."""
