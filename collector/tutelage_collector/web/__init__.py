"""The collector's pages: server-rendered, no script needed but for what is live, no outside host.

Every route names the roles that may see it; a route that names none does not start. Nothing here
holds a key that opens an excerpt: the safeguarding lead's browser does that.

Pages read the store in starlette's threads and never in asyncio's own, which admit devices: a slow
report must not keep an alert waiting.
"""
