"""How many months one cohort of models is behind another: pure numpy and scipy, no database, no clock."""

METHOD_VERSION = "5"
