"""Benchmarks: ours and, where there is something to compare with, others' side by side. Never timed tests."""
