"""The commands of ``tutelage-pack``: a file a verb or two; ``main`` puts them together."""
