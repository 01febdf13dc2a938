"""Small helpers: data files, atomic writes, folders, ports, programs, process identities and progress lines.

A module belongs here only if it imports nothing of maidenhair but `errors` and the modules beside it.
"""
