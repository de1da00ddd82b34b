"""Surfaces of packages, as code that uses them sees them, and their differences."""
