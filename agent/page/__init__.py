"""The chat page: sessions, what is drawn, and the named endpoints."""
