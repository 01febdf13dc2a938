"""Faults that are planted in the stand-ins, one at a time, to find specs that cannot fail (`make mutants`).

`*.toml` lists the faults. `mutant` reads and plants them, `verdict` judges the results of the specs, and `__main__`
runs the specs of each area on a cluster. `make test` runs only its unit tests.
"""
