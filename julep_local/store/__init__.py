"""The SQLite file, and nothing else knows that it is one.

Functions take the `Database` first. Those that write need its `transaction()`, which the caller opens: once for all
that belongs together, never across a generation or an embedding.
"""
