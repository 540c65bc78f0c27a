"""How many examples hypothesis tries where each costs seconds: few in a plain run, `NSHED_EXAMPLES` times as many where that is set."""

import os


def examples(few: int) -> int:
    return few * int(os.environ.get("NSHED_EXAMPLES", "1"))
