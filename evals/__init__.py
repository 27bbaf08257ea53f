"""The record: models, the requests sent to them, their answers, and their scores."""
