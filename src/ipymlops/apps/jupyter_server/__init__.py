"""HTTP to Project to wire, inside the Jupyter server."""
