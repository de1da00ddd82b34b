"""What proves who the user is, request by request."""

from .credentials import Credential, Credentials, credentials_of

__all__ = ["Credential", "Credentials", "credentials_of"]
