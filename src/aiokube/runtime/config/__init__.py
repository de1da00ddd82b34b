"""The configuration of a client: from a kubeconfig, a dict, or the service account of a pod."""
