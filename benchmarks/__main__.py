"""`python -m benchmarks [--only NAME …]`: prints one JSON object of figures last."""

import sys

from benchmarks.bench import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
