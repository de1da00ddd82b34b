"""The version of aiokube."""

__version__ = "0.1.0"
