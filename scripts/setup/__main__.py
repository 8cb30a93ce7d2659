"""Set up what is missing, as far as it can be done here; immediate when nothing is.

    python scripts/setup run|check|test VENV [--again]

With --again, what had to be left out before is tried once more.

Standard library only: it runs before anything is installed. What has been done is noted in the
virtual environment, after it succeeded, so that it can be interrupted and run again at any point.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from progress import SetupError
from state import State


def main() -> int:
    """Give the exit status: 0 set up (perhaps without something, which is said), 1 not."""
    profile, venv = sys.argv[1], Path(sys.argv[2])
    state = State(Path(__file__).resolve().parents[2], venv)
    try:
        for step in state.left_out(profile):
            if "--again" in sys.argv or _mended(step):
                state.redo(step)
        if not state.is_done(profile):
            import steps  # a second start does not need it

            steps.set_up(profile, state)
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run it again to go on from here.", file=sys.stderr)
        return 130
    for sentence in state.left_out(profile).values():
        print(f"Note: {sentence}", file=sys.stderr)
    return 0


def _mended(step: str) -> bool:
    """Say whether the person has installed by hand what the system lacked."""
    name, _, profile = step.partition(":")
    if name != "system":
        return False
    import system

    return all(need.there for need in system.needs(profile, compiler=False))


def _interrupted(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupted)
    sys.exit(main())
