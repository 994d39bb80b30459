"""One file a domain: each result becomes a card."""
