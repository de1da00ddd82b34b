"""A table of accepted and rejected kubeconfigs, with the files and servers that they refer to."""
