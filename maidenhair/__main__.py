"""`python -m maidenhair` is the `maidenhair` command."""

from maidenhair.cli import main

if __name__ == "__main__":
    main()
