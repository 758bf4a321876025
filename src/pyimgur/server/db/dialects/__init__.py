"""The databases that the server can use, one package each."""
