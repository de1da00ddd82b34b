"""A package as plain data, printed and written."""
