"""The `oidc` auth-provider of a kubeconfig: an ID token of OpenID Connect, kept fresh."""

from .provider import OpenIDConnect

__all__ = ["OpenIDConnect"]
