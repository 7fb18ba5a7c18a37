"""Prints how many mutants of the references lose points, and fails when one more keeps them.

python -m tests.fairness [ASSIGNMENT ...] [--seed S] [--survivors FILE] [--every N]
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from autograder.course import assignment_names
from tests.fairness.mutants import mutants
from tests.fairness.run import checks_of, survivors

# One mutant per line: the reason, a tab, the key.
KNOWN = Path(__file__).parent / "survivors.txt"


def known() -> set[str]:
    """Mutants that keep their points: equivalent ones, and those that no check sees yet."""
    lines = KNOWN.read_text("utf-8").splitlines() if KNOWN.exists() else []
    return {line.partition("\t")[2] for line in lines if "\t" in line}


def main() -> int:
    """Print the table; 1 where a mutant survives that is not known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("assignments", nargs="*", default=assignment_names())
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=1, help="only each n-th mutant")
    parser.add_argument("--survivors", type=Path, help="write the keys of all survivors there")
    asked = parser.parse_args()
    found: list[str] = []
    for assignment in asked.assignments:
        targets = list(dict.fromkeys(check.question.target for check in checks_of(assignment)))
        made = [m for target in targets for m in mutants(assignment, target)][:: asked.every]
        total, kept = Counter(m.target for m in made), Counter[str]()
        for mutant, survives in zip(made, survivors(made, asked.seed), strict=False):
            if survives:
                kept[mutant.target] += 1
                found.append(f"{assignment} | {mutant.key}".replace("\n", " "))
        print(
            f"{assignment}: {sum(total.values())} mutants, {sum(kept.values())} keep their points"
        )
        for target in targets:
            print(f"  {total[target]:4} {kept[target]:4}  {target}", flush=True)
    if asked.survivors:
        asked.survivors.write_text("".join(f"\t{key}\n" for key in found), "utf-8")
    new = [key for key in found if key not in known()]
    print("\n".join(["Not known to survive:", *new] if new else ["No new survivor."]))
    return bool(new)


if __name__ == "__main__":
    sys.exit(main())
