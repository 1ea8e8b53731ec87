"""Benchmarks: `python -m shelftalker.eval.bench.NAME`. Not part of the wheel."""
