"""Faults that are planted in the stand-ins, one at a time, to find specs that cannot fail (`make mutants`).

`*.toml` lists the faults. `mutant` reads them, `planting` lets a stand-in on a cluster run with one, `specs` runs the
specs of its area, `verdict` judges their results, and `__main__` is the command. `make test` runs only the unit tests.
"""
