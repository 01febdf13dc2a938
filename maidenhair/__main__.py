"""`python -m maidenhair` is the `maidenhair` command."""

from maidenhair.cli.main import main

if __name__ == "__main__":
    main()
