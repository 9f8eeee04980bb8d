"""How memories are formed: what of a turn is worth keeping, in which words, and what keeps it out."""
