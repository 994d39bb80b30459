"""All of IPython."""
