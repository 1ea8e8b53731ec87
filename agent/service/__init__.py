"""The HTTP service: REST, server-sent events, OpenAI-compatible chat, MCP and UCP over one app."""
