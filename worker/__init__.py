"""Celery, the schedule and the processes; no other package imports it."""
