"""The build of the documentation site: what mkdocs.yml leaves to code."""
