"""The language model, and nothing else knows it."""
