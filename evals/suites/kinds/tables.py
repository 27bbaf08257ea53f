"""Reading a small table: one cell, the best row, a count, a sum, and sums over some of the rows."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from evals.suites.drawing import Levels, Question
from evals.suites.kinds.words import CITIES, GOODS, PEOPLE

INTRODUCTION = "Use this table."
NUMBER_COLUMNS = {"Age": (18, 79), "Points": (10, 99), "Games": (2, 40)}


@dataclass(frozen=True)
class PeopleTable:
    """Rows of a name, a city and one different number for each row in each number column."""

    names: list[str]
    cities: list[str]
    numbers: dict[str, list[int]]

    def with_question(self, ask: str) -> str:
        """Write the table with the question under it."""
        header = " | ".join(("Name", "City", *self.numbers))
        rows = zip(self.names, self.cities, *self.numbers.values(), strict=True)
        return "\n".join((INTRODUCTION, header, *(" | ".join(map(str, row)) for row in rows), ask))


def _people(rng: Random, *, rows: int, columns: int, cities: int) -> PeopleTable:
    places = rng.sample(CITIES, cities)
    return PeopleTable(
        names=rng.sample(PEOPLE, rows),
        cities=[rng.choice(places) for _ in range(rows)],
        numbers={
            name: rng.sample(range(low, high + 1), rows)
            for name, (low, high) in list(NUMBER_COLUMNS.items())[:columns]
        },
    )


def _ranked(table: PeopleTable, column: str) -> list[str]:
    """Name the people from the highest number of the column to the lowest."""
    order = sorted(zip(table.numbers[column], table.names, strict=True), reverse=True)
    return [name for _, name in order]


def cell(rng: Random) -> Question:
    """Read one number."""
    table = _people(rng, rows=2, columns=2, cities=2)
    column, row = rng.choice(list(table.numbers)), rng.randrange(2)
    ask = f"What is the number under {column} for {table.names[row]}?"
    return Question(table.with_question(ask), str(table.numbers[column][row]))


def city_of(rng: Random) -> Question:
    """Read one city."""
    table = _people(rng, rows=2, columns=1, cities=2)
    row = rng.randrange(2)
    return Question(table.with_question(f"In which city is {table.names[row]}?"), table.cities[row])


def extreme_row(rng: Random) -> Question:
    """Find the row with the highest or lowest number."""
    table, end = _people(rng, rows=4, columns=2, cities=4), rng.choice(("highest", "lowest"))
    column = rng.choice(list(table.numbers))
    ask = f"Who has the {end} number under {column}?"
    return Question(table.with_question(ask), _ranked(table, column)[0 if end == "highest" else -1])


def row_of_number(rng: Random) -> Question:
    """Find the row in which a number stands."""
    table, row = _people(rng, rows=4, columns=2, cities=4), rng.randrange(4)
    column = rng.choice(list(table.numbers))
    ask = f"Who has {table.numbers[column][row]} under {column}?"
    return Question(table.with_question(ask), table.names[row])


def difference(rng: Random) -> Question:
    """Subtract one number of a column from another."""
    table, column = _people(rng, rows=4, columns=2, cities=4), "Points"
    high, low = _ranked(table, column)[0], _ranked(table, column)[2]
    value = dict(zip(table.names, table.numbers[column], strict=True))
    ask = f"How many more {column} does {high} have than {low}?"
    return Question(table.with_question(ask), str(value[high] - value[low]))


def rows_above(rng: Random) -> Question:
    """Count the rows above a threshold."""
    table, column = _people(rng, rows=6, columns=2, cities=4), "Points"
    threshold = rng.randint(30, 75)
    ask = f"How many people have more than {threshold} under {column}?"
    return Question(table.with_question(ask), str(sum(n > threshold for n in table.numbers[column])))


def column_sum(rng: Random) -> Question:
    """Add up a column of six."""
    table = _people(rng, rows=6, columns=2, cities=4)
    column = rng.choice(list(table.numbers))
    return Question(
        table.with_question(f"What is the sum of the numbers under {column}?"),
        str(sum(table.numbers[column])),
    )


def third_highest(rng: Random) -> Question:
    """Rank a column of seven."""
    table = _people(rng, rows=7, columns=3, cities=4)
    column = rng.choice(list(table.numbers))
    return Question(
        table.with_question(f"Who has the third highest number under {column}?"), _ranked(table, column)[2]
    )


def sum_in_city(rng: Random) -> Question:
    """Add up the numbers of those rows that are in one city."""
    table, column = _people(rng, rows=9, columns=3, cities=3), "Points"
    return _over_city(rng, table, f"What is the sum of the {column} of all people in", column, sum)


def best_in_city(rng: Random) -> Question:
    """Subtract the lowest from the highest number among the rows of one city."""
    table, column = _people(rng, rows=9, columns=3, cities=2), "Points"
    ask = f"What is the difference between the highest and the lowest {column} of the people in"
    return _over_city(rng, table, ask, column, lambda numbers: max(numbers) - min(numbers))


def _over_city(
    rng: Random, table: PeopleTable, ask: str, column: str, reduce: Callable[[list[int]], int]
) -> Question:
    city = rng.choice(table.cities)
    chosen = [n for n, place in zip(table.numbers[column], table.cities, strict=True) if place == city]
    return Question(table.with_question(f"{ask} {city}?"), str(reduce(chosen)))


def stock_value(rng: Random) -> Question:
    """Multiply price by stock in each of five rows, and add up."""
    goods = rng.sample(GOODS, 5)
    prices, stock = rng.sample(range(3, 30), 5), rng.sample(range(4, 40), 5)
    rows = (f"{name} | {price} | {left}" for name, price, left in zip(goods, prices, stock, strict=True))
    text = "\n".join((INTRODUCTION, "Item | Price | Stock", *rows, "What is the value of the whole stock?"))
    return Question(text, str(sum(p * s for p, s in zip(prices, stock, strict=True))))


LEVELS: Levels = (
    (cell, city_of),
    (extreme_row, row_of_number),
    (difference, rows_above),
    (column_sum, third_highest),
    (sum_in_city, best_in_city, stock_value),
)
