"""python3 -m bench [compare | table | ceilings] ...: what ./dev bench calls."""

import sys

from bench import ceilings, compare, functions_table, run

COMMANDS = {"compare": compare.main, "table": functions_table.main, "ceilings": ceilings.main}

if __name__ == "__main__":
    words = sys.argv[1:]
    command = COMMANDS.get(words[0]) if words else None
    sys.exit(command(words[1:]) if command else run.main(words))
