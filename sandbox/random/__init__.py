"""A stand-in for `random`, with the results and replacements of the real provider."""
