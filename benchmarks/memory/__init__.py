"""What should be remembered of a dialogue: a corpus with expected memories, and how produced ones are scored."""
