"""The parts of the request reader: words, names, quantities, negation."""
