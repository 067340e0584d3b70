#!/usr/bin/env python3
"""Prints tests/advisories.tsv from a checkout of https://github.com/rustsec/advisory-db, whose folder is the argument."""
import re, subprocess, sys, tomllib
from pathlib import Path

folder = Path(sys.argv[1])
date = subprocess.run(["git", "-C", folder, "log", "-1", "--format=%cs"], capture_output=True, text=True, check=True).stdout.strip()
rows = []
for file in (folder / "crates").glob("*/*.md"):
    told = tomllib.loads(re.match(r"```toml\n(.*?)\n```", file.read_text(), re.S)[1])
    advisory, versions = told["advisory"], told.get("versions", {})
    if "withdrawn" in advisory or advisory.get("informational") in ("unmaintained", "notice"):
        continue
    row = [advisory["package"], advisory["id"], " | ".join(versions.get("patched", [])), " | ".join(versions.get("unaffected", []))]
    rows.append("\t".join(row).rstrip("\t"))
print(f"""\
# Vulnerabilities in published crates: package, advisory, patched versions, unaffected versions. Any of several, set apart by |.
# From the RustSec advisory database (https://github.com/rustsec/advisory-db, CC0-1.0) as of {date}, by `just advisories`.""")
print("\n".join(sorted(rows)))
