"""The transport over aiohttp, which no other room imports."""
