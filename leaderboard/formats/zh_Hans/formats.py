"""Numbers in Chinese: thousands apart, as in science and the press; Django groups by ten thousands."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
