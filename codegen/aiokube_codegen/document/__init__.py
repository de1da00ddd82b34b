"""An OpenAPI document: where it comes from, read and checked, and corrected where it is wrong."""
