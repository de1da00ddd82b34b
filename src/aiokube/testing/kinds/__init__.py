"""What kinds decide about their objects and no document says: defaults, generations, immutable fields, names."""
