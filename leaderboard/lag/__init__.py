"""Compute how many months one cohort of models lags another: numpy and scipy, no database, no clock."""

METHOD_VERSION = "5"
