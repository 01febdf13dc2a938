"""The output and the errors of specs: captured within limits, passed to formatters, and turned into values."""
