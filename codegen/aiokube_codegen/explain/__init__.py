"""What `aiokube explain` says of a kind, a field or a method."""
