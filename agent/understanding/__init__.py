"""From a message to what it asks for."""
