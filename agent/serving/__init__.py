"""One request, from the loaded domain to the finished answer."""
