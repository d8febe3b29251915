"""Photos of cases: taken in, made harmless and small, kept by their content, shown to whoever may see the case."""
