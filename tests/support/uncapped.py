"""The settings of a service that is started for a test whose submissions nobody reviews."""

NAMES = ("USD_PER_DAY", "USD_PER_MONTH", "CALLS_PER_DAY", "CALLS_PER_MONTH")
UNCAPPED = {f"SPENDING_CAP_{name}": "off" for name in NAMES} | {
    "OPEN_SUBMISSIONS": "1000",
    "SUBMISSIONS_PER_DAY": "1000",
}
