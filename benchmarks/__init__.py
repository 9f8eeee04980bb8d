"""What julep_local costs, one question per file. README.md says how to read the numbers."""
