"""The commands of ``tutelage-agent``: one file a noun; ``main`` puts them together."""
