"""Attacks on the running service over HTTP: `make attacks`, and a short form in the tests."""
