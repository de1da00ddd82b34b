"""What `mini.json` becomes, as it is committed."""
