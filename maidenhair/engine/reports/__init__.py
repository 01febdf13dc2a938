"""Reports at the end of a run: the details above the closing line, JUnit, and text that no stream refuses."""
