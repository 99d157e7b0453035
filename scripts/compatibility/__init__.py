"""Two versions of a contract, compared as their callers meet them."""
