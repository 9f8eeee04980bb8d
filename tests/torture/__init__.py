"""Torture: each module is one promise, tried as often as a tier asks for, and counts what broke.

`run(tier)` of each returns rows: P is what each change runs, N a night, R a release.
"""
