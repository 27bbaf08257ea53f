"""A database backend: PostgreSQL that is given up when it does not answer."""
