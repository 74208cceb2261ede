"""The benchmarks: one script a question, and the results with the machine they came from."""
