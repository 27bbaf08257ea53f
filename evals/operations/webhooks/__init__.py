"""Webhooks after the Standard Webhooks specification: subscriptions, signatures, deliveries."""
