"""The results of workers, shown in the order of the features by the formatters and reporters of the run."""
