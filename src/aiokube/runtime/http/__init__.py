"""Requests and responses: retries, TLS, credentials, and the transport that carries them."""
