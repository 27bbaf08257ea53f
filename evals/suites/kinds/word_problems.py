"""Word problems of two steps, from sums of small numbers to rates with a remainder."""

from random import Random

from evals.suites.drawing import Levels, Question
from evals.suites.kinds.words import FRUITS, GOODS, PEOPLE


def add_then_take(rng: Random) -> Question:
    """Add a number, take another away."""
    name, fruit = rng.choice(PEOPLE), rng.choice(FRUITS)
    start, more = rng.randint(2, 9), rng.randint(2, 9)
    less = rng.randint(1, start + more - 1)
    return Question(
        f"{name} has {start} {fruit}, buys {more} more and gives away {less}. "
        f"How many {fruit} does {name} have now?",
        str(start + more - less),
    )


def add_twice(rng: Random) -> Question:
    """Find the second number from the first, and add the two."""
    first, other = rng.sample(PEOPLE, 2)
    fruit, base, more = rng.choice(FRUITS), rng.randint(2, 9), rng.randint(1, 6)
    return Question(
        f"{first} has {base} {fruit}. {other} has {more} more than {first}. "
        f"How many {fruit} do they have together?",
        str(2 * base + more),
    )


def boxes_and_rest(rng: Random) -> Question:
    """Multiply, then add what is left over."""
    name, good = rng.choice(PEOPLE), rng.choice(GOODS)
    boxes, each, rest = rng.randint(2, 9), rng.randint(3, 12), rng.randint(2, 9)
    return Question(
        f"{name} packs {boxes} crates with {each} {good} each and keeps {rest} {good} apart. "
        f"How many {good} are there in all?",
        str(boxes * each + rest),
    )


def share_then_eat(rng: Random) -> Question:
    """Divide, then subtract."""
    fruit, friends, each = rng.choice(FRUITS), rng.randint(2, 6), rng.randint(4, 12)
    eaten = rng.randint(1, each - 1)
    return Question(
        f"{friends} friends share {friends * each} {fruit} equally. One of them then eats {eaten}. "
        f"How many {fruit} does that friend have left?",
        str(each - eaten),
    )


def change(rng: Random) -> Question:
    """Find the price of several, then the change."""
    name, good = rng.choice(PEOPLE), rng.choice(GOODS)
    count, price = rng.randint(3, 9), rng.randint(7, 24)
    note = rng.choice([n for n in (50, 100, 200, 500) if n > count * price])
    return Question(
        f"{name} buys {count} {good} at {price} dollars each and pays with {note} dollars. "
        f"How many dollars of change does {name} get?",
        str(note - count * price),
    )


def two_prices(rng: Random) -> Question:
    """Add two products."""
    first, other = rng.sample(GOODS, 2)
    counts, prices = (rng.randint(3, 12), rng.randint(3, 12)), (rng.randint(4, 19), rng.randint(4, 19))
    return Question(
        f"A school buys {counts[0]} {first} at {prices[0]} dollars each and {counts[1]} {other} "
        f"at {prices[1]} dollars each. How many dollars does it pay in all?",
        str(counts[0] * prices[0] + counts[1] * prices[1]),
    )


def discount(rng: Random) -> Question:
    """Take a percentage off the price of several, with a number that does not matter."""
    name, good, off = rng.choice(PEOPLE), rng.choice(GOODS), rng.choice((10, 20, 25, 30, 40))
    count, price = rng.randint(3, 12), 20 * rng.randint(2, 15)
    return Question(
        f"A shop that opened {rng.randint(5, 60)} years ago sells {good} at {price} dollars each. "
        f"{name} buys {count} and gets {off} percent off. How many dollars does {name} pay?",
        str(count * price * (100 - off) // 100),
    )


def weekly_saving(rng: Random) -> Question:
    """Find what is saved in a week, then over many weeks."""
    name, weeks = rng.choice(PEOPLE), rng.randint(12, 48)
    wage, spent = rng.randint(310, 990), rng.randint(120, 300)
    return Question(
        f"{name}, who is {rng.randint(19, 64)}, earns {wage} dollars a week and spends {spent} of them. "
        f"How many dollars does {name} save in {weeks} weeks?",
        str((wage - spent) * weeks),
    )


def trips_needed(rng: Random) -> Question:
    """Multiply large numbers, then divide and round up."""
    rows, seats, bus = rng.randint(23, 68), rng.randint(17, 46), rng.randint(37, 59)
    return Question(
        f"A hall has {rows} rows of {seats} seats, all taken. Buses for {bus} people take everybody home. "
        "How many buses are needed?",
        str(-(-rows * seats // bus)),
    )


def combined_rate(rng: Random) -> Question:
    """Add two rates, then multiply by minutes given in hours."""
    good, hours = rng.choice(GOODS), rng.randint(3, 14)
    fast, slow, minutes = rng.randint(37, 96), rng.randint(12, 36), rng.choice((10, 20, 25, 35, 50))
    return Question(
        f"One machine makes {fast} {good} a minute, another {slow} a minute. "
        f"How many {good} do the two make in {hours} hours and {minutes} minutes?",
        str((fast + slow) * (60 * hours + minutes)),
    )


def leftover(rng: Random) -> Question:
    """Add two large numbers, then find what a division leaves over."""
    first, other = rng.sample(FRUITS, 2)
    counts, box = (rng.randint(1200, 9800), rng.randint(1200, 9800)), rng.randint(23, 88)
    return Question(
        f"A farm picks {counts[0]} {first} and {counts[1]} {other} and packs them all in boxes of {box}. "
        "How many fruits are left over when no more box can be filled?",
        str(sum(counts) % box),
    )


LEVELS: Levels = (
    (add_then_take, add_twice),
    (boxes_and_rest, share_then_eat),
    (change, two_prices),
    (discount, weekly_saving),
    (trips_needed, combined_rate, leftover),
)
