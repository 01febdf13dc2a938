"""The plan of a run: tags, selection, order, shards and the history of earlier runs."""
