"""The starter catalogue: facts and reported figures as CSV files, and the checks that they must pass."""
