"""The packages that `mini.json` becomes, one for each ABI of the runtime."""
