"""Finding what is relevant to a turn: chunks of docs, and memories."""
