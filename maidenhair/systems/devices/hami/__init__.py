"""HAMi's scheduler: its installation, its annotations, and assertions on what it allocates."""
