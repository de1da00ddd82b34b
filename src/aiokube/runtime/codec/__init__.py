"""Models, scalars and manifests, and the way between them and JSON or YAML."""
