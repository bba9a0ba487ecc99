"""One file or folder a source of text; each states what it sees and what it cannot see."""
