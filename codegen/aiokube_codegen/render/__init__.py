"""A package as plain data, its source, and its files."""
