"""What a package offers to code that uses it, and how two packages differ in that."""
