"""The site: the lag statistics, the pages, the API."""
