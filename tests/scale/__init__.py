"""`make bench`: what an audit costs, each figure a ratio to something measured in the same run; writes BENCHMARKS.md."""
