"""Write serve/web/shell.js: the files of the web app's offline shell, their checksums, and the version that follows.

Run it after any change of serve/web/: python tools/stamp_web.py. Browsers that have the page then offer the new one.
"""

import hashlib
import json
from pathlib import Path

WEB = Path(__file__).parent.parent / "serve" / "web"
# The worker keeps itself; for the large icons only the system asks.
NOT_SHELL = ("sw.js", "icons/icon-512.png", "icons/maskable-512.png")


def shell(web: Path) -> str:
    """Return the text of shell.js for a folder; ``index.html`` is listed as ``./``, as browsers ask for it."""
    found = {path.relative_to(web).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
             for path in sorted(web.rglob("*")) if path.is_file() and path.name != "shell.js"}
    version = hashlib.sha256("".join(f"{name}\0{digest}\n" for name, digest in found.items()).encode()).hexdigest()
    files = {"./" if name == "index.html" else name: digest[:16] for name, digest in found.items()
             if name not in NOT_SHELL}
    shown = json.dumps({"version": version[:12], "files": files}, indent=2)
    return f"// Written by tools/stamp_web.py.\n\nself.shell = {shown};\n"


if __name__ == "__main__":
    (WEB / "shell.js").write_text(shell(WEB), encoding="utf-8", newline="\n")
