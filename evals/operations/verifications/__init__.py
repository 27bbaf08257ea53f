"""Verifications of organisations as developers: claims, proofs and their checks."""
