"""Regular expressions in the syntax of RE2, as Go reads them; a match takes linear time."""
