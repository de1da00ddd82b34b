"""A table of kubeconfigs that are accepted or rejected, with the files and the servers that they name."""
