"""The OpenAPI document: loading, checks, and corrections of known mistakes."""
