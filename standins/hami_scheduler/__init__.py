"""A stand-in for HAMi's scheduler extender and webhook. README.md describes it."""
