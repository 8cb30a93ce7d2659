"""Build what can be given away, into build/dist. `scripts/package` calls it.

python scripts/packaging [--wheel | --smoke]
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "scripts" / "setup"), str(ROOT)]

from elf import PackagingError  # noqa: E402  (found by the line above)
from progress import PipOutput, Step, last_lines, run  # noqa: E402

WORK = ROOT / "build" / "package"
DIST = ROOT / "build" / "dist"


def main(arguments: list[str]) -> int:
    """Give the exit status."""
    try:
        if arguments == ["--smoke"]:
            import smoke

            smoke.smoke(find_archive(), WORK)
            return 0
        if arguments not in ([], ["--wheel"]):
            print("usage: scripts/package [--wheel | --smoke]", file=sys.stderr)
            return 2
        build(bundled=not arguments and sys.platform.startswith("linux"))
    except PackagingError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def build(*, bundled: bool) -> None:
    """Build the wheel and the source archive, and the bundle if asked."""
    DIST.mkdir(parents=True, exist_ok=True)
    WORK.mkdir(parents=True, exist_ok=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    fetch_tools()
    wheel = build_wheel()
    made = [wheel, wheel.with_name(f"voicemate-{version()}.tar.gz")]
    if bundled:
        import bundle

        llama = project["project"]["optional-dependencies"]["llama"][0]
        made.append(bundle.Bundle(ROOT, WORK, version()).build(wheel, llama, DIST))
    for file in made:
        print(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1e6:.1f} MB")


def version() -> str:
    """Give VoiceMate's version."""
    text = (ROOT / "voicemate" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    if not found:
        raise PackagingError("voicemate/__init__.py names no version.")
    return found[1]


def find_archive() -> Path:
    """Give the bundle that was built last. Raises `PackagingError`."""
    found = sorted(DIST.glob(f"voicemate-{version()}-linux-*.tar.gz"))
    if not found:
        raise PackagingError(f"There is no bundle in {DIST} yet: scripts/package builds it.")
    return found[0]


def fetch_tools() -> None:
    """Bring what builds (the group "package" of pyproject.toml) into a folder of its own."""
    tools = WORK / "tools"
    if (tools / "hatchling").is_dir():
        return
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--target", str(tools), "--group", f"{ROOT / 'pyproject.toml'}:package"]
    with Step("Tools for packaging") as step:
        if run(command, step, WORK / "package.log", PipOutput()):
            raise PackagingError(f"pip failed:\n{last_lines(WORK / 'package.log')}")


def build_wheel() -> Path:
    """Build wheel and source archive; gives the wheel."""
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(DIST)]
    env = os.environ | {"PYTHONPATH": str(WORK / "tools")}
    with Step("Wheel and source archive"):
        done = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise PackagingError(f"hatchling failed:\n{done.stderr.strip()}")
    return DIST / f"voicemate-{version()}-py3-none-any.whl"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
