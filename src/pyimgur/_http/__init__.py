"""A call on its way: what may happen around it, and what carries that out."""
