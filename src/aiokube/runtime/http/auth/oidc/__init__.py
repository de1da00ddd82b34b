"""The `oidc` auth-provider of a kubeconfig: an OpenID Connect ID token, kept fresh."""
