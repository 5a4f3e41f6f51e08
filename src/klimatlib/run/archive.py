"""One file with all that a published year rests on, which a successor can open years later.

The file is a zip whose entries are sorted, not compressed and without a clock: the same year gives the same
bytes, but for members' answers, which age encrypts anew each time. ``archive.json`` has the sha256 of every
other entry, and the zip's comment, its *seal*, that of all bytes before its last part. What opens it needs
nothing but Python, so this module imports nothing else at its head: the file is also a program.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import os
import platform
import re
import shutil
import stat
import string
import struct
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from klimatlib import errors
from klimatlib.errors import InputError, IntegrityError, Problem, UsageError, few, pluralise, truncate
from klimatlib.execution import publishing
from klimatlib.execution.publishing import BUILD, MANIFEST, Record, digest
from klimatlib.files import NAME, about, atomic_write, invisible_character, read_file

if TYPE_CHECKING:
    from klimatlib.sources.inputs import Inputs

RECORD = "archive.json"
_TIME = (1980, 1, 1, 0, 0, 0)
_END = struct.Struct("<4s4H2LH")  # the last part of a zip; the seal follows it
_SEAL = 64  # characters of a sha256
_MOST_SHOWN = 20
_LEAST_KEYS = 2
_MAIN = '''"""Open this archive with Python alone: python3 ARCHIVE [KEYFILE ...] [--rebuild]."""
import sys
import tempfile
import zipfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    with zipfile.ZipFile(sys.argv[0]) as archive:
        for name in archive.namelist():
            if name.startswith("project/src/klimatlib/") and name.endswith(".py"):
                archive.extract(name, folder)
    sys.path.insert(0, folder + "/project/src")
    from klimatlib.errors import KlimatlibError, in_words
    from klimatlib.run.archive import open_archive

    words = [word for word in sys.argv[1:] if word not in ("--key", "--rebuild")]
    try:
        rebuild, keys = "--rebuild" in sys.argv, [Path(word) for word in words]
        for line in open_archive(Path(sys.argv[0]), keys=keys, rebuild=rebuild):
            print(line, flush=True)
    except (KlimatlibError, OSError) as error:
        sys.exit(in_words(error))
'''


def archive(root: Path, name: str, *, to: Path | None = None, recipients: Sequence[str] = ()) -> Path:
    """Put a published report with all that it rests on into one file, and return that.

    The published folder of the report ``name`` must be as its manifest says. ``to`` is the file to write,
    which must not be there; ``outputs/<name>-archive.zip`` by default. ``recipients`` are public keys of age
    (``age1…``), two at least: the holder of any one of them can read the members' answers. None is needed
    where the report rests on no answers.

    IntegrityError, InputError, UsageError: when the report, or what it was made from, is not as published or
    in no commit; when answers lack keys; when the file is there.
    """
    from klimatlib.run import build
    from klimatlib.sources.inputs import Inputs

    target = to or root / "outputs" / f"{name}-archive.zip"
    if target.exists():
        raise UsageError(f"{target}: is there already; give another name with --to, or move it away")
    build.verify(root, name)
    published = root / "outputs" / name
    manifest, made_by = (publishing.read_record(published / file) or {} for file in (MANIFEST, BUILD))
    rests_on, inputs = publishing.made_from(manifest), Inputs.open(f"params/{name}.yml", start=root)
    # Also those of which the report tells no more than the source, as an applicant's.
    named = {path.rpartition("#")[2] for path in rests_on}
    answers = sorted(path for path in named if _is_of_answers(inputs, root / path))
    _recipients(recipients, needed=answers)
    with tempfile.TemporaryDirectory(prefix="klimatlib-archive-") as place:
        stage = Path(place)
        commit, private, lacks = _lay_out(inputs, published, stage / "project", rests_on, answers, made_by)
        # Beside what the report rests on the exports that lie with it, under whatever name.
        own = f"{inputs.project.relative(inputs.project.data)}/"
        beside = {path for path in private if path.startswith(own) and not errors.holds_answers(path)}
        answers = sorted(beside.union(answers))
        keys, names = _recipients(recipients, needed=answers)
        for path in answers:
            import pyrage

            encrypted = stage / "answers" / f"{path}.age"
            encrypted.parent.mkdir(parents=True, exist_ok=True)
            source = (root if path in named else stage / "project") / path
            encrypted.write_bytes(pyrage.encrypt(source.read_bytes(), keys))
        for path in private:
            (stage / "project" / path).unlink()
        lock = (stage / "project" / "requirements.lock").read_text(encoding="utf-8")
        wheels, no_wheel = _wheels(lock, wheel_cache())
        if no_wheel:
            get = f"pip download --require-hashes --only-binary :all: -d {wheel_cache()} -r requirements.lock"
            absent = f"no wheel of {few(no_wheel, _MOST_SHOWN)} in {wheel_cache()}; get them with: {get}"
            errors.warning(absent, step="archive").log()
        record = {
            "report": name,
            "commit": commit,
            "made_on": _here(),
            "recipients": names,
            "answers": answers,
            "left_out": [path for path in private if path not in answers],
            "lacks": [*lacks, *(f"wheel {each}" for each in no_wheel)],
        }
        (stage / "README.md").write_text(_readme(record, manifest), encoding="utf-8")
        (stage / "__main__.py").write_text(_MAIN, encoding="utf-8")
        files = {path: stage / path for path in publishing.files_below(stage)}
        files |= {f"wheels/{path.name}": path for path in wheels}
        record["files"] = {path: digest(source) for path, source in files.items()}
        publishing.write_record(stage / RECORD, record)
        seal = _pack(target, {**files, RECORD: stage / RECORD})
    kinds = f"{pluralise(len(wheels), 'wheel')}, {pluralise(len(answers), 'file')} of answers, encrypted"
    errors.progress("archive", f"{target}: {pluralise(len(files), 'file')}, of them {kinds}")
    for line in _told(record):
        errors.progress("archive", line)
    errors.progress("archive", f"its seal, to be kept on paper: {seal}")
    return target


def new_key(file: Path) -> str:
    """Write a new secret key of age, its owner's alone, and return its public key, the recipient."""
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    if file.exists():
        raise UsageError(f"{file}: is there already; a key is never overwritten: give another name")
    atomic_write(file, f"# public key: {public}\n{identity}\n", private=True)
    return public


def _recipients(texts: Sequence[str], *, needed: Sequence[str]) -> tuple[list[Any], list[str]]:
    """Return the public keys, and as texts, each once."""
    import pyrage

    try:
        keys = {str(key): key for key in map(pyrage.x25519.Recipient.from_str, texts)}
    except pyrage.RecipientError:
        message = "expected a public key as age1…; make one with: klimatlib archive --new-key FILE"
        raise UsageError(f"--recipient: {message}") from None
    if needed and len(keys) < _LEAST_KEYS:
        why = f"{', '.join(needed)} can be read by the holders of {_LEAST_KEYS} keys at least"
        raise UsageError(f"{why}, got {len(keys)}; give --recipient age1… for each")
    return [*keys.values()], sorted(keys)


def _lay_out(
    inputs: Inputs,
    published: Path,
    project: Path,
    rests_on: Mapping[str, str | None],
    answers: Collection[str],
    made_by: Record,
) -> tuple[str, list[str], list[str]]:
    """Lay out the project at the commit that the report can be made from, but for the answers it rests on.

    Returns the commit, the files in it that hold answers, by name or content, and the raw files that are not
    here.
    """
    from klimatlib.run.plausibility import git

    root, plain = inputs.project.root, {path: sha for path, sha in rests_on.items() if path not in answers}
    before = str(made_by.get("klimatlib", {}).get("commit")).removesuffix("+changes")
    faults = dict[str, list[str]]()
    for revision in ("HEAD", before):
        commit = (git(root, "rev-parse", "--verify", f"{revision}^{{commit}}") or b"").decode().strip()
        packed = git(root, "archive", "--format=zip", commit) if commit and commit not in faults else None
        if packed is None:
            continue
        folder = project.with_name(commit)
        with zipfile.ZipFile(io.BytesIO(packed)) as sources:
            sources.extractall(folder)
        for path in {path.partition("#")[0] for path in plain}:
            _copy(root / path, folder / path)  # where git keeps it not
        faults[commit] = [f"{path} {change}" for path, change in publishing.changed(folder, plain)]
        library = publishing.folder_digest(folder / "src" / "klimatlib")
        if library != made_by["klimatlib"]["library"]:
            faults[commit].append("src/klimatlib is not what made the report")
        if not faults[commit]:
            folder.rename(project)
            break
        shutil.rmtree(folder)
    else:
        display_path = f"outputs/{published.name}"
        if not faults:
            message = "no commit; the archive holds the sources at one: commit them first"
            raise UsageError(f"{display_path}: {message}")
        lines = truncate(next(iter(faults.values())), _MOST_SHOWN, indent="  ")
        advice = f"commit what is here, make it again (klimatlib report {published.name}), then archive it"
        head = f"{display_path} was not made from commit {next(iter(faults))[:12]}"
        raise IntegrityError("\n".join([head, *lines, advice]))
    shutil.copytree(published, project / "outputs" / published.name, dirs_exist_ok=True)
    raw, lacks = _raw_files(root, plain)
    for path in raw:
        _copy(root / path, project / path)
    public = f"outputs/{published.name}/"  # which has no answer but with consent
    files = [path for path in publishing.files_below(project) if not path.startswith(public)]
    return commit, [path for path in files if _is_of_answers(inputs, project / path)], lacks


def _is_of_answers(inputs: Inputs, file: Path) -> bool:
    """Whether a file holds members' answers, by its name or by what is in it."""
    from klimatlib.sources.survey_export import has_answers

    if not file.is_file():
        return False
    return errors.holds_answers(file.name) or has_answers(inputs, file.read_bytes(), file.name)


def _raw_files(root: Path, rests_on: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the raw files that tables were read from, as their provenance says, and those that are gone."""
    raw, gone = [], []
    for path in sorted(path for path in rests_on if path.endswith(".provenance.json")):
        origin = publishing.read_record(root / path) or {}
        snapshot = f"data/raw/{origin.get('file')}"
        own = re.fullmatch(r"data/raw/[0-9a-f]{2}/[0-9a-f]{64}\.[a-z]+", snapshot)
        if own and publishing.digest_or_absent(root / snapshot) == origin.get("sha256"):
            raw.append(snapshot)
        else:
            gone.append(f"raw file of {path.removesuffix('.provenance.json')}")
    return raw, gone


def _copy(source: Path, target: Path) -> None:
    if source.is_file() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())


def wheel_cache() -> Path:
    """Return the folder where the Makefile keeps the wheels of requirements.lock."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "klimatlib" / "wheels"


def _wheels(lock: str, cache: Path) -> tuple[list[Path], list[str]]:
    """Return the wheels of a lock that this Python can install, and what of the lock has none."""
    from packaging.requirements import Requirement
    from packaging.tags import sys_tags
    from packaging.utils import canonicalize_name, parse_wheel_filename

    hashes, fitting = {*re.findall(r"--hash=sha256:([0-9a-f]{64})", lock)}, {*sys_tags()}
    wheels = dict[tuple[str, str], Path]()
    for path in sorted(cache.glob("*.whl")):
        package, version, _, tags = parse_wheel_filename(path.name)
        if tags & fitting and digest(path) in hashes:
            wheels[package, str(version)] = path
    wanted = map(Requirement, re.findall(r"^([\w.\[\]-]+==[^\\\n]+?) *\\?$", lock, re.M))
    lacking = [
        f"{each.name}{each.specifier}"
        for each in wanted
        if each.marker is None or each.marker.evaluate()
        if (canonicalize_name(each.name), str(each.specifier).removeprefix("==")) not in wheels
    ]
    return sorted(wheels.values()), lacking


def _here() -> dict[str, str]:
    """Return what wheels depend on: Python, system and processor."""
    python = f"{platform.python_implementation()} {sys.version_info[0]}.{sys.version_info[1]}"
    return {"python": python, "system": sys.platform, "processor": platform.machine()}


def _in_words(made_on: Mapping[str, str]) -> str:
    return f"{made_on['python']} on {made_on['system']} {made_on['processor']}"


def _readme(record: Record, manifest: Record) -> str:
    """Return the page that a successor reads first."""
    template = (Path(__file__).parent / "assets" / "archive.md").read_text(encoding="utf-8")
    opened = "project/" + "\n- project/".join(record["answers"]) if record["answers"] else "inga"
    return string.Template(template).substitute(
        report=record["report"],
        state="slutlig och signerad" if manifest.get("final") else "ett utkast",
        commit=record["commit"],
        place=_in_words(record["made_on"]),
        answers=opened,
        recipients="\n- ".join(record["recipients"]) or "inga",
        left_out="\n- ".join(record["left_out"]) or "inga",
        lacks="\n- ".join(record["lacks"]) or "ingenting",
    )


def _told(record: Record) -> Iterator[str]:
    """Say what an archive has not, in words."""
    if not record["answers"]:
        yield "members' answers: none are at hand, for this report rests on counts alone"
    if absent := [*record["left_out"], *record["lacks"]]:
        yield f"not in it: {few(absent, _MOST_SHOWN)}"


def _pack(target: Path, files: Mapping[str, Path]) -> str:
    """Write the zip in one step, and return its seal."""
    draft = target.with_name(f".{target.name}.part")
    try:
        with about(target):
            with zipfile.ZipFile(draft, "w", allowZip64=False) as packed:
                for name in sorted(files):
                    info = zipfile.ZipInfo(name, _TIME)
                    info.create_system, info.external_attr = 3, 0o100644 << 16
                    packed.writestr(info, files[name].read_bytes())
                packed.comment = b"0" * _SEAL
            seal = _seal_of(draft)
            with draft.open("rb+") as handle:
                handle.seek(-_SEAL, os.SEEK_END)
                handle.write(seal.encode())
            draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return seal


def _seal_of(file: Path) -> str:
    """Sha256 of an archive's bytes before its last part."""
    left, seal = file.stat().st_size - _END.size - _SEAL, hashlib.sha256()
    with file.open("rb") as handle:
        while block := handle.read(min(left, 1 << 20)):
            seal.update(block)
            left -= len(block)
    return seal.hexdigest()


def open_archive(
    file: Path, *, to: Path | None = None, keys: Sequence[Path] = (), rebuild: bool = False
) -> Iterator[str]:
    """Verify an archive, unpack it, and say line by line what it is and what can be done with it.

    ``to`` is the folder to unpack into, which must not be there; by default one of the file's name, here.
    ``keys`` are files with secret keys of age; one that fits is enough to read the members' answers. With
    ``rebuild`` the environment is made from the wheels inside, and the report again, and compared; that needs
    no network.

    IntegrityError: a byte is not as it was archived (names each file), or the report comes out otherwise.
    InputError, UsageError: no archive; a folder that is there; a key that fits none; another Python than the
    wheels are for.
    """
    target = to or Path(file.name).with_suffix("")
    if target.exists():
        raise UsageError(f"{target}: is there already; give another folder with --to")
    record, entries = _verified(file)
    draft = target.with_name(f".{target.name}.part")
    with publishing.staging(draft, target) as stage, zipfile.ZipFile(file) as packed:
        for entry in entries:
            place = stage / entry.filename
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(packed.read(entry))
        _decrypt(stage, record, keys)
        stage.rename(target)
    project, name = target / "project", record["report"]
    yield f"{file.name}: {pluralise(len(entries), 'file')}, each as it was archived; seal {_seal_of(file)}"
    yield f"report {name} at commit {record['commit']}, unpacked: begin with {target}/README.md"
    yield f"read: {project / 'outputs' / name / 'report.html'}"
    if record["answers"]:
        those = ", ".join(record["answers"])
        advice = "encrypted; give --key KEYFILE to read them, or use the program age (README.md)"
        yield f"members' answers: {those}: {'decrypted, for you alone to read' if keys else advice}"
    yield from _told(record)
    if not rebuild:
        yield f"make it again and compare: --rebuild, with {_in_words(record['made_on'])}; needs no network"
        return
    yield from _rebuilt(target, record, may_read_answers=bool(keys))


def _verified(file: Path) -> tuple[Record, list[zipfile.ZipInfo]]:
    """Return what an archive says of itself, and its entries: safe to unpack, and each as it was archived."""
    if not file.is_file():
        raise InputError([Problem(str(file), "", "missing, or not a regular file; give the archive itself")])
    advice = "get another copy of it"
    try:
        with zipfile.ZipFile(file) as packed:
            entries = packed.infolist()
            _refuse_damage(file, _unsafe(entries, file.stat().st_size), advice)
            record, files = _read_record(packed)
            there = {entry.filename: entry for entry in entries if entry.filename != RECORD}
            damaged = [f"{path} is gone" for path in sorted(files.keys() - there)]
            damaged += [f"{path} appeared" for path in sorted(there.keys() - files)]
            both = sorted(there.keys() & files)
            damaged += [f"{path} changed" for path in both if _sha256_of(packed, there[path]) != files[path]]
            end = _END.pack(
                b"PK\5\6", 0, 0, len(entries), len(entries),
                file.stat().st_size - _END.size - _SEAL - packed.start_dir, packed.start_dir, _SEAL,
            )  # fmt: skip
            seal = packed.comment
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, struct.error, EOFError) as error:
        raise IntegrityError(f"{file.name}: no archive, cut short or damaged ({error}); {advice}") from None
    with file.open("rb") as handle:
        handle.seek(-len(end) - _SEAL, os.SEEK_END)
        whole = handle.read(len(end)) == end and seal == _seal_of(file).encode()
    if not damaged and not whole:
        damaged = ["its directory, or what stands between its files, changed"]
    _refuse_damage(file, damaged, advice)
    return record, entries


def _read_record(packed: zipfile.ZipFile) -> tuple[Record, Mapping[str, str]]:
    """Return what an archive says of itself, and of its files."""
    try:
        record = json.loads(packed.read(RECORD))
        lists = (each for key in ("recipients", "answers", "left_out", "lacks") for each in record[key])
        texts = "\0".join([record["report"], record["commit"], _in_words(record["made_on"]), *lists])
        if not NAME.fullmatch(record["report"]) or invisible_character(texts, allowed="\0"):
            raise ValueError
        return record, {path: str(sha) for path, sha in record["files"].items()}
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError):
        raise zipfile.BadZipFile(f"{RECORD} is missing or damaged") from None


def _sha256_of(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    try:
        with packed.open(entry) as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()  # type: ignore[arg-type]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        return "?"


def _unsafe(entries: Iterable[zipfile.ZipInfo], size: int) -> list[str]:
    """Return why entries are not unpacked: their place, their kind, or more bytes than the file has."""
    faults, places, total = list[str](), set[str](), 0
    for entry in entries:
        name = entry.filename
        printable, total = ascii(name)[1:-1][:120], total + entry.file_size
        folded = unicodedata.normalize("NFC", name).casefold()
        unseen = invisible_character(name, allowed="")
        if {"", ".", ".."} & {*name.split("/")} or unseen or re.search(r'[\\:*?"<>|]', name):
            faults.append(f"{printable} leads elsewhere")
        elif entry.external_attr >> 16 and not stat.S_ISREG(entry.external_attr >> 16):
            faults.append(f"{printable} is no plain file")
        elif entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            faults.append(f"{printable} is compressed, which no archive's file is")
        elif folded in places:
            faults.append(f"{printable} is there twice")
        places.add(folded)
    return faults or ["its files are larger than itself"] * (total > size)


def _refuse_damage(file: Path, faults: Sequence[str], advice: str) -> None:
    """Raise IntegrityError with what is wrong in an archive, if anything is."""
    if faults:
        lines = truncate(faults, _MOST_SHOWN)
        raise IntegrityError(f"{file.name}: not as it was archived: {'; '.join(lines)}; {advice}")


def _decrypt(stage: Path, record: Record, files: Sequence[Path]) -> None:
    """Put the members' answers in their places, for their owner alone to read, where a key is given."""
    # As they were unpacked: what the record calls them may lead anywhere.
    encrypted = sorted((stage / "answers").rglob("*.age"))
    if not (files and encrypted):
        return
    pyrage = _age(stage)
    identities = []
    for file in files:
        lines = [line.strip() for line in read_file(file, str(file)).decode(errors="replace").splitlines()]
        try:
            identities += [pyrage.x25519.Identity.from_str(line) for line in lines if line and line[0] != "#"]
        except pyrage.IdentityError:
            advice = "expected a line AGE-SECRET-KEY-1…; was it written by --new-key or age-keygen?"
            raise InputError([Problem(str(file), "", f"no secret key of age; {advice}")]) from None
    for path in encrypted:
        try:
            data = pyrage.decrypt(path.read_bytes(), identities)
        except pyrage.DecryptError:
            needed = " or ".join(record["recipients"])
            keys = ", ".join(map(str, files))
            raise UsageError(f"{keys}: opens no answers; give the secret key of {needed}") from None
        place = stage / "project" / path.relative_to(stage / "answers").with_suffix("")
        place.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(place, data, private=True)


def _age(stage: Path) -> Any:
    """Import pyrage; where it is not installed, from the archive's own wheel."""
    with tempfile.TemporaryDirectory(prefix="klimatlib-archive-") as folder:
        for wheel in stage.glob("wheels/pyrage-*.whl"):
            with zipfile.ZipFile(wheel) as packed:
                packed.extractall(folder)
        sys.path.append(folder)
        try:
            return importlib.import_module("pyrage")
        except ImportError:
            advice = "install it, or open the .age files with the program age (README.md)"
            raise UsageError(f"pyrage, which decrypts the answers, is not here; {advice}") from None
        finally:
            sys.path.remove(folder)


def _rebuilt(target: Path, record: Record, *, may_read_answers: bool) -> Iterator[str]:
    """Make the environment from the wheels, and the report in it, without network; say how it compares."""
    made_on, here, project = record["made_on"], _here(), target / "project"
    if made_on != here:
        needed, current = _in_words(made_on), _in_words(here)
        raise UsageError(f"to make it again {needed} is needed, here is {current}; open the archive there")
    if lacking := [each for each in record["lacks"] if each.startswith("wheel ")]:
        raise UsageError(f"to make it again, what the archive lacks is needed: {few(lacking, _MOST_SHOWN)}")
    if record["answers"] and not may_read_answers:
        raise UsageError("to make it again the members' answers are needed; give --key KEYFILE")
    with tempfile.TemporaryDirectory(prefix="klimatlib-archive-") as empty:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
        offline = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_CACHE_DIR": empty}
        wheels, program = (target / "wheels").resolve(), project.resolve() / ".venv" / "bin" / "klimatlib"
        for words in (
            ["sh", ".ci/setup", sys.executable, str(wheels)],
            [str(program), "verify", record["report"], "--rebuild"],
        ):
            about: dict[str, Any] = {"cwd": project, "env": {**kept, **offline}, "check": False}
            done = subprocess.run(words, capture_output=True, text=True, **about)
            if done.returncode:
                said = (done.stderr or done.stdout).strip()
                raise IntegrityError(f"{target}/: cannot be made again: {said}")
    yield from done.stdout.splitlines()
