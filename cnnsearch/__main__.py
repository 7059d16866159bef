"""``python -m cnnsearch``: the command line, where its script is not on the path."""

from cnnsearch.cli import main

if __name__ == "__main__":
    main()
