"""The transport over aiohttp, which no other package imports."""
