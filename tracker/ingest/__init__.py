"""Phones in: dialects, screening, and the pipeline that answers only after the commit."""
