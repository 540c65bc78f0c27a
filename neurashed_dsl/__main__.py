"""`python -m neurashed_dsl` is `nshed`."""

from neurashed_dsl.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
