"""Systems under test. The framework imports none of them: it reaches an active system through the registry."""
