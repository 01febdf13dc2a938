"""The `maidenhair` command, one module a subcommand. It may import every other room; none imports it."""
