"""The messages between the run and its workers. Nothing here runs specs or shows results."""
