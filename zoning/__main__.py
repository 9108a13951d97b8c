"""``python -m zoning``: the same as the ``zoning`` command."""

from zoning.cli import main

if __name__ == "__main__":
    main()
