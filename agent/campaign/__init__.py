"""Texts for many users at once, written in parts by several workers."""
