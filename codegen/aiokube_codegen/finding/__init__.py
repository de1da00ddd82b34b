"""What replaces a name of another client, a command of kubectl or a part of either: `aiokube find`."""
