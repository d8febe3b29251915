"""One aiohttp application from all rooms' routes: sign-in, limits, errors, OpenAPI, static files."""
