"""Keys in the TPM 2.0: the TLS key never leaves it, and every secret lies under one that it seals.

README.md says what this protects from what, and which commands are spoken.
"""
