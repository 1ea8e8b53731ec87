"""From a shortlist to an order: the LLM's choice, score fusion, the shop's rules."""
