"""What a run will execute: tags, selection, order, shards and the history of earlier runs."""
