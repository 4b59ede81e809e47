"""What the exercises of the course reckon with: the right answer of each, and the wrong ones that it knows, in numbers.

    python tests/helpers/exercise_numbers.py     after an exercise was changed on purpose: writes them down

Nothing else knows what a wrong answer is, so that a slip in its formula would go unseen: a learner who makes that mistake would
be told nothing. tests/data/exercises.json keeps the numbers as they were when the exercise was written and read.
"""

import json
import re
from pathlib import Path

from autograd.course.asking import EXERCISES

FILE = Path(__file__).parents[1] / "data" / "exercises.json"
VARIANTS = range(4)


def numbers_of(name: str) -> list[list[float | str]]:
    """Of each variant, what stands at every place of the right answer, then of each wrong one: six digits, or a word.

    Then the numbers in the texts of what is asked, of the way, and of what is said of each mistake.
    """
    found = []
    for posed in map(EXERCISES[name].variant, VARIANTS):
        for parts in [posed.truth, *map(posed.parts_of, posed.question.mistakes)]:
            found.append([part if isinstance(part, str) else float(f"{part:.6g}") for part in parts.values()])
        texts = [posed.question.text, posed.question.way, *(mistake.diagnosis for mistake in posed.question.mistakes)]
        found += [[float(number) for number in re.findall(r"\d+\.?\d*(?:e[-+]?\d+)?", text)] for text in texts]
    return found


if __name__ == "__main__":
    lines = [f"{json.dumps(name)}: {json.dumps(numbers_of(name))}" for name in sorted(EXERCISES)]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
