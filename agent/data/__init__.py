"""What is recommended to whom: items, events, profiles, filters, and the files they come from."""
