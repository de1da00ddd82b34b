"""The `oidc` auth-provider of a kubeconfig: an ID token of OpenID Connect, kept fresh."""

from ...http.auth.oidc.provider import OpenIDConnect

__all__ = ["OpenIDConnect"]
