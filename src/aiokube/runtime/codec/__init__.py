"""Models, scalars and manifests, and their conversion from and to JSON and YAML."""
