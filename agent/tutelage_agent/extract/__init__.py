"""Bytes of a document -> text, in a bounded child process."""
