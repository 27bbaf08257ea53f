"""Tests of the package; each runs without a service."""
