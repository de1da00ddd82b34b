"""The configuration of a client: from a kubeconfig, from memory, or from the service account of a pod."""
