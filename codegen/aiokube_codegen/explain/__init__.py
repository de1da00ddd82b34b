"""The answers of `aiokube explain` about a kind, a field or a method."""
