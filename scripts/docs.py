"""Check that the documents tell what is there; with --write, write the generated ones.

    python scripts/docs.py [--write]

docs/settings.md is made from voicemate/settings.py. Checked: that it is up to date, that README.md
names every command of `voicemate` and no document or message one that does not exist, that links
lead somewhere, that CHANGELOG.md knows the version, and that no large file is tracked.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from voicemate import __version__, settings  # noqa: E402  (found by the line above)

SETTINGS = ROOT / "docs" / "settings.md"
LARGEST_TRACKED_BYTES = 1_000_000


def main() -> int:
    """Give the exit status: 1 when something has drifted."""
    if "--write" in sys.argv[1:]:
        SETTINGS.write_text(settings_page(), encoding="utf-8")
        print(f"Wrote {SETTINGS.relative_to(ROOT)}.")
        return 0
    troubles = [
        *settings_drift(),
        *command_drift(),
        *dead_links(),
        *version_drift(),
        *large_files(),
    ]
    for trouble in troubles:
        print(trouble)
    return 1 if troubles else 0


def settings_page() -> str:
    """Give docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "<!-- Made by `python scripts/docs.py --write` from voicemate/settings.py. -->",
        "",
        "VoiceMate works without any. The window has them all, by topic (Ctrl+,), and follows",
        "changes of the file. `voicemate config path` tells where that is, `voicemate config show`",
        "what holds; `voicemate config set KEY VALUE` changes one value and keeps your comments,",
        "`voicemate config edit` opens the file in your editor. It is TOML; a key that is not",
        "there has its default, and an unknown key or a value that does not fit is an error that",
        "names the file and the key.",
        "",
        "![The settings, by topic](images/settings-light.png)",
        "",
        "```toml",
        "[companion]",
        'name = "Robin"',
        "",
        "[voice]",
        "rate = 1.1",
        "```",
    ]
    section = ""
    for doc in settings.describe():
        head, _, name = doc.key.partition(".")
        if head != section:
            section = head
            kind = settings.Settings.__annotations__[head].removeprefix("settings.")
            about = (getattr(settings, kind).__doc__ or "").strip()
            lines += ["", f"## [{head}]", "", about, ""]
            lines += ["| key | default | takes | what it does |", "|---|---|---|---|"]
        lines.append(f"| `{name}` | {shown(doc.default)} | {doc.expects} | {doc.description} |")
    return "\n".join(lines) + "\n"


def shown(default: str | float | bool) -> str:
    """Give a default as TOML would write it."""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f'`"{default}"`' if isinstance(default, str) else f"`{default}`"


def settings_drift() -> Iterator[str]:
    """Give a trouble when docs/settings.md is not what the code says."""
    there = SETTINGS.read_text(encoding="utf-8") if SETTINGS.exists() else ""
    if there != settings_page():
        yield "docs/settings.md is out of date: python scripts/docs.py --write"


def command_drift() -> Iterator[str]:
    """Give a trouble for each command that README.md omits or that a text invents."""
    helped = subprocess.run(
        [sys.executable, "-m", "voicemate", "--help"],
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "100"},
        capture_output=True,
        text=True,
    )
    _, found, listing = helped.stdout.partition("Commands:")
    commands = set(re.findall(r"^  ([a-z][a-z-]*)", listing, re.MULTILINE))
    if helped.returncode or not found or not commands:
        yield f"`voicemate --help` lists no commands: {(helped.stderr or helped.stdout).strip()}"
        return
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in sorted(commands):
        if not re.search(rf"voicemate {command}\b", readme):
            yield f"README.md does not name `voicemate {command}`"
    for file in [*documents(), *sorted((ROOT / "voicemate").rglob("*.py"))]:
        text = file.read_text(encoding="utf-8")
        for named in sorted(set(re.findall(r"`voicemate ([a-z][a-z-]*)", text)) - commands):
            yield f"{file.relative_to(ROOT)} names `voicemate {named}`, which does not exist"


def documents() -> list[Path]:
    """Give every document of ours."""
    return [
        *sorted(ROOT.glob("*.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
        *sorted((ROOT / "models").glob("*.md")),
    ]


def dead_links() -> Iterator[str]:
    """Give a trouble for each link to a file or heading that is not there."""
    for file in documents():
        text = re.sub(r"```.*?```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, heading = target.partition("#")
            page = (file.parent / path).resolve() if path else file
            if not page.exists():
                yield f"{file.relative_to(ROOT)} links to {target}, which does not exist"
            elif heading and heading not in headings(page):
                yield f"{file.relative_to(ROOT)} links to {target}: no such heading"


def headings(page: Path) -> set[str]:
    """Give the anchors of a page's headings."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


def version_drift() -> Iterator[str]:
    """Give a trouble when CHANGELOG.md has no heading for this version."""
    file = ROOT / "CHANGELOG.md"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if not re.search(rf"^## \[?v?{re.escape(__version__)}\b", text, re.MULTILINE):
        yield f"CHANGELOG.md has no heading for {__version__}"


def large_files() -> Iterator[str]:
    """Give a trouble for each tracked file that belongs elsewhere. Silent outside of git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    for name in filter(None, listed.stdout.split(b"\0")):
        file = ROOT / os.fsdecode(name)
        if file.is_file() and file.stat().st_size > LARGEST_TRACKED_BYTES:
            yield f"{os.fsdecode(name)} is tracked and has {file.stat().st_size:,} bytes"


if __name__ == "__main__":
    sys.exit(main())
