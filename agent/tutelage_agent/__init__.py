"""The agent: a light service on a school device."""
