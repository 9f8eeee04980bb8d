"""What must survive, and how often it was tried: kills, power cuts, full disks, damage, contention, old files.

One file per letter. `make torture` runs the nightly counts and prints the table; `make torture TIER=R` those of a
release. `make test` runs a few of each (test_torture.py), so that the experiments themselves do not rot.
"""
