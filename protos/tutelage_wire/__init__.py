"""What agent and collector agree on in bytes."""
