"""Small helpers with no knowledge of the rest of the package: ports, paths, processes, progress."""
