"""Numbers in Vietnamese: thousands apart; Django does not group them."""

NUMBER_GROUPING = 3
