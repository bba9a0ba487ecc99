"""The collector: verifies, stores and aggregates what agents send."""
