"""Where `voicemate` starts. `voicemate ptt` must be quick: it is bound to a key."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit status."""
    if len(sys.argv) == 3 and sys.argv[1] == "ptt" and not sys.argv[2].startswith("-"):
        from voicemate.cli.ptt import tell

        sys.exit(tell(sys.argv[2]))
    from voicemate.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
