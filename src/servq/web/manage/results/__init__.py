"""Pages of results: the start page, the results of a survey, targets and benchmarks."""
