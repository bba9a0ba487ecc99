"""The collector's pages: server-rendered, no script needed but for what is live, no outside host.

Every route names the roles that may see it; a route that names none does not start. Nothing here
holds a key that opens an excerpt: the safeguarding lead's browser does that.
"""
