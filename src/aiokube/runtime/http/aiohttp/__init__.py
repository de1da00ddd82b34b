"""The transport over aiohttp. No other room knows aiohttp."""
