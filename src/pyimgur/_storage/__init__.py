"""What is kept on this machine, for its owner alone: documents, databases, and who is using them."""
