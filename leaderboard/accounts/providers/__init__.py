"""Signing in by another provider: GitHub, Hugging Face and any OpenID Connect provider."""
