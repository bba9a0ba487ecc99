"""What people keep up: agreements, training, reviews, roles. Pure; the store holds the rows."""
