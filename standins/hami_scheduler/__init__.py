"""A stand-in for HAMi's scheduler extender and webhook; see README.md."""
