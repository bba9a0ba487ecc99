"""How long what is held is kept, what may not be erased, and what a person may ask for."""
