"""``python -m klimatlib``: the command, where no script is on the path."""

from klimatlib.cli import main

main()
