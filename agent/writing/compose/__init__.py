"""Composed texts: plain sentences made from facts, true by construction."""
