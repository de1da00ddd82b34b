"""Schemas of an OpenAPI document: types, how lists and maps are merged, and how bodies are decoded by them."""
