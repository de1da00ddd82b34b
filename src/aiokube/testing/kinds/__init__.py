"""Rules of kinds that no document has: defaults, generations, immutable fields, names."""
