"""The mutation tester: small changes of the source that a test must notice."""
