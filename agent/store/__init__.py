"""Storage on disk: workspaces, settings, versions, adapter cards, imports."""
