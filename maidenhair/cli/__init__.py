"""The `maidenhair` command, with one module per subcommand. It may import all other rooms; none imports it."""
