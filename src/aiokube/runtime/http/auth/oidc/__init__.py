"""The `oidc` auth-provider of a kubeconfig: OpenID Connect ID tokens and their refresh."""
