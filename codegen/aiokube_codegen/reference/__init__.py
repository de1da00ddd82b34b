"""An API as a person reads it: the catalog of its kinds, fields and methods, and pages of it."""
