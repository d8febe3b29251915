"""Committed batches on their way to their readers: coverage and the live hub."""
