"""How numbers are written in each language, where Django's own formats do not group by thousands."""
