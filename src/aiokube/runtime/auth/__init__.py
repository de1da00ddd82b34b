"""What proves who the user is, request by request."""

from .credentials import Credentials, credentials_of

__all__ = ["Credentials", "credentials_of"]
