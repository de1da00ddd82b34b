"""Credentials: how a request authenticates."""
