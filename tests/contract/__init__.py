"""The API against its own schema: schemathesis on the running service, as somebody of each role."""
