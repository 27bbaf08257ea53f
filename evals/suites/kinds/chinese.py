"""Questions in Chinese, about the Chinese language and in it, each with one right answer."""

from datetime import date, timedelta
from itertools import pairwise
from random import Random

from evals.suites.drawing import Maker, Question

DIGITS = "零一二三四五六七八九"
UNITS = ("", "十", "百", "千")
GROUPS = ("", "万", "亿")
CHARACTERS = (
    "天地人山水火木金土日月星风雨云雪花草树鸟鱼马牛羊春夏秋冬东西南北上下左右大小多少来去高低红黄蓝白黑"
)
PEOPLE = "甲乙丙丁戊己庚辛"
WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
KIN = {
    "爸爸的爸爸": "爷爷",
    "爸爸的妈妈": "奶奶",
    "妈妈的爸爸": "外公",
    "妈妈的妈妈": "外婆",
    "爸爸的弟弟": "叔叔",
    "爸爸的妹妹": "姑姑",
    "妈妈的弟弟": "舅舅",
    "妈妈的姐姐": "姨妈",
    "叔叔的儿子": "堂兄弟",
    "舅舅的儿子": "表兄弟",
    "姑姑的女儿": "表姐妹",
    "叔叔的女儿": "堂姐妹",
}


def numeral(number: int) -> str:
    """Write a whole number from 1 to below ten to the twelfth as it is read in Chinese."""
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    text = ""
    for place in reversed(range(len(groups))):
        group = groups[place]
        if not group:
            continue
        if (text and group < 1000) or (text and groups[place + 1] == 0):
            text += DIGITS[0]
        text += _group(group) + GROUPS[place]
    return text.removeprefix("一") if text.startswith("一十") else text


def _group(number: int) -> str:
    text = ""
    for place in reversed(range(4)):
        digit = number // 10**place % 10
        if digit:
            text += DIGITS[digit] + UNITS[place]
        elif text and number % 10**place and not text.endswith(DIGITS[0]):
            text += DIGITS[0]
    return text


def _numeral(rng: Random, digits: int) -> Question:
    number = rng.randrange(10 ** (digits - 1), 10**digits)
    if rng.random() < 0.5:  # zeros inside are what is hard to read
        number -= number % 10 ** (digits - 1) - number % 10 ** rng.randrange(1, digits - 1)
    return Question(f"把“{numeral(number)}”写成阿拉伯数字，不用逗号。", str(number))


def short_numeral(rng: Random) -> Question:
    """Read a number of four or five digits."""
    return _numeral(rng, rng.choice((4, 5)))


def long_numeral(rng: Random) -> Question:
    """Read a number of nine to eleven digits."""
    return _numeral(rng, rng.choice((9, 10, 11)))


def _characters(rng: Random, least: int, most: int) -> str:
    return "".join(rng.choices(CHARACTERS, k=rng.randint(least, most)))


def short_reversal(rng: Random) -> Question:
    """Write four or five characters backwards."""
    text = _characters(rng, 4, 5)
    return Question(f"把“{text}”这几个字倒过来写。", text[::-1])


def long_reversal(rng: Random) -> Question:
    """Write twelve to sixteen characters backwards."""
    text = _characters(rng, 12, 16)
    return Question(f"把“{text}”这几个字倒过来写。", text[::-1])


def character_count(rng: Random) -> Question:
    """Count a character in a row of forty to sixty that has it often."""
    wanted = rng.choice(CHARACTERS)
    text = list(_characters(rng, 40, 60))
    for place in rng.sample(range(len(text)), rng.randint(4, 9)):
        text[place] = wanted
    return Question(f"“{''.join(text)}”里，“{wanted}”字出现了几次？", str(text.count(wanted)))


def kinship(rng: Random) -> Question:
    """Name a relative by one of four words."""
    path, right = rng.choice(list(KIN.items()))
    others = rng.sample([name for name in KIN.values() if name != right], 3)
    choices = sorted([right, *others], key=lambda _: rng.random())
    return Question(f"小明的{path}是小明的什么人？从下面选一个：{'、'.join(choices)}。", right)


def _ranking(rng: Random, count: int) -> Question:
    order = rng.sample(PEOPLE[:count], count)  # the tallest first
    facts = [f"{taller}比{shorter}高" for taller, shorter in pairwise(order)]
    rng.shuffle(facts)
    place = rng.randrange(count)
    rank = "最高" if place == 0 else "最矮" if place == count - 1 else f"第{DIGITS[place + 1]}高"
    people = "、".join(PEOPLE[:count])
    return Question(f"{people}{DIGITS[count]}人身高各不相同：{'，'.join(facts)}。谁{rank}？", order[place])


def short_ranking(rng: Random) -> Question:
    """Order four people by height."""
    return _ranking(rng, 4)


def long_ranking(rng: Random) -> Question:
    """Order eight people by height."""
    return _ranking(rng, 8)


def weekday(rng: Random) -> Question:
    """Tell the weekday some days after a date whose weekday is told."""
    day, later = date(2000, 1, 1) + timedelta(days=rng.randrange(12_000)), rng.randint(10, 400)
    fact = f"{day.year}年{day.month}月{day.day}日是{WEEKDAYS[day.weekday()]}"
    answer = WEEKDAYS[(day + timedelta(days=later)).weekday()]
    return Question(f"{fact}，那么{later}天以后是星期几？用“星期一”这样的写法回答。", answer)


def shop(rng: Random) -> Question:
    """Work out a problem of three steps."""
    boxes, each, price = rng.randint(5, 30), rng.randint(6, 48), rng.randint(2, 9)
    sold = rng.randint(1, boxes * each - 1)
    text = f"商店运来{boxes}箱苹果，每箱{each}个，卖出{sold}个。剩下的苹果每个{price}元，"
    return Question(f"{text}全部卖完还能卖多少元？只写数字。", str((boxes * each - sold) * price))


def meeting(rng: Random) -> Question:
    """Work out when two who go towards each other meet."""
    first, second, hours = rng.randint(3, 9), rng.randint(10, 25), rng.randint(2, 12)
    way = (first + second) * hours
    text = f"甲、乙两地相距{way}千米。小王步行每小时走{first}千米，小李骑车每小时走{second}千米，"
    return Question(f"{text}两人同时从两地相向而行，几小时后相遇？只写数字。", str(hours))


MAKERS: tuple[Maker, ...] = (
    short_numeral,
    long_numeral,
    short_reversal,
    long_reversal,
    character_count,
    kinship,
    short_ranking,
    long_ranking,
    weekday,
    shop,
    meeting,
    character_count,
)
