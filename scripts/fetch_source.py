#!/usr/bin/env python3
"""fetch_source.py RECIPE DIR [FOLDER...]: unpacks the Debian source package that RECIPE pins as DIR.

Debian's patches are applied, unless the recipe says `patches = false` or FOLDERs are named: then only these of the
upstream tarball are unpacked.

The package comes through apt with a private configuration made from this machine's own sources, so
that neither root nor deb-src lines are needed; its lists of packages serve for an hour.  Every file must have the checksum the recipe (a TOML file) pins;
verified files are kept in the user's cache.
"""
import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "lind" / "sources"
LISTS_SERVE_S = 3600


def fail(message):
    sys.exit(f"fetch_source.py: {message}")


def run(command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if result.returncode != 0:
        fail(f"{' '.join(map(str, command[:2]))} failed:\n{result.stdout[-2000:]}")


def is_valid(path, sha256):
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


@contextlib.contextmanager
def apt():
    """The folder and the environment of a private apt that knows this machine's source packages; for one at a time."""
    work = CACHE / "apt"
    work.mkdir(parents=True, exist_ok=True)
    with open(work / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        configure_apt(work)
        yield work, {**os.environ, "APT_CONFIG": str(work / "apt.conf")}


def configure_apt(work):
    shutil.rmtree(work / "parts", ignore_errors=True)
    for folder in ("parts", "state/lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    etc = pathlib.Path("/etc/apt")
    for number, listing in enumerate(sorted(etc.glob("sources.list.d/*.sources"))):
        text = re.sub(r"(?m)^Types:.*$", "Types: deb-src", listing.read_text())
        (work / "parts" / f"{number}.sources").write_text(text)
    lists = [etc / "sources.list", *sorted(etc.glob("sources.list.d/*.list"))]
    lines = [line for listing in lists if listing.is_file() for line in listing.read_text().splitlines()]
    lines = [re.sub(r"^deb\s", "deb-src ", line) for line in lines if re.match(r"deb\s", line)]
    (work / "parts" / "lines.list").write_text("\n".join(lines) + "\n")
    (work / "apt.conf").write_text(
        'Dir::Etc::SourceList "/dev/null";\n'
        f'Dir::Etc::SourceParts "{work}/parts";\n'
        f'Dir::State "{work}/state";\n'
        f'Dir::State::Lists "{work}/state/lists";\n'
        f'Dir::Cache "{work}/cache";\n'
        'APT::Sandbox::User "root";\n')


def update_lists(work, environment):
    """Fetches the lists of packages unless they are of this hour; whoever builds many ports asks once."""
    stamp = work / "updated"
    if not stamp.exists() or time.time() - stamp.stat().st_mtime > LISTS_SERVE_S:
        run(["apt-get", "update", "-q"], env=environment)
        stamp.touch()


def download(package, version, files):
    with apt() as (work, environment), tempfile.TemporaryDirectory(prefix="lind-source-") as name:
        update_lists(work, environment)
        fetched = pathlib.Path(name)
        run(["apt-get", "source", "-q", "--only-source", "--download-only", f"{package}={version}"],
            env=environment, cwd=fetched)
        for file, sha256 in files.items():
            if not is_valid(fetched / file, sha256):
                fail(f"{file} of {package} {version} is missing or has an unknown checksum")
            partial = CACHE / f".{file}.{os.getpid()}"
            shutil.copyfile(fetched / file, partial)
            partial.rename(CACHE / file)


def unpack(source, target, folders):
    if folders:
        (tarball,) = [file for file in source["sha256"] if ".orig.tar." in file and not file.endswith(".asc")]
        target.mkdir(parents=True)
        run(["tar", "-xf", CACHE / tarball, "-C", target, "--strip-components=1", "--wildcards",
             "--no-wildcards-match-slash", *[f"*/{folder}" for folder in folders]])
    else:
        (description,) = [file for file in source["sha256"] if file.endswith(".dsc")]
        # The pinned checksums are what we trust, so no signature is needed.
        skip = [] if source.get("patches", True) else ["--skip-patches"]
        run(["dpkg-source", "--no-check", *skip, "-x", CACHE / description, target])


def main():
    if len(sys.argv) < 3:
        fail("usage: fetch_source.py RECIPE DIR [FOLDER...]")
    recipe, target, folders = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    if not recipe.is_file():
        fail(f"{recipe} is missing")
    source = tomllib.loads(recipe.read_text())["source"]
    files = source["sha256"]
    if not all(is_valid(CACHE / file, sha256) for file, sha256 in files.items()):
        download(source["package"], source["version"], files)
    unpack(source, target, folders)


if __name__ == "__main__":
    main()
