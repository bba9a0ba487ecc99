"""The commands of ``tutelage-collector``: one file a noun; ``main`` puts them together."""
