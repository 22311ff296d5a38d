import json
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from gmert_pyg import CodeChainGraphs
from gmert_pyg.data.sources import find_source, unpacking
from gmert_pyg.data.sources.corpora import corpus_manifest, corpus_source
from gmert_pyg.data.sources.pip_download import find_wheel
from gmert_pyg.data.sources.requirements import Package, parse_packages
from gmert_pyg.data.sources.unpacking import unpack_wheel

CODE = "def greet(name):\n    return name.upper()\n"


def make_wheel(folder, name, version, members, tag="py3-none-any"):
    """Write a wheel; members are (name or ZipInfo, text)."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-{tag}.whl"
    info = f"{name}-{version}.dist-info"
    described = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, text in members:
            archive.writestr(member, text)
        archive.writestr(f"{info}/METADATA", described)
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes for its only index."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def unpacked(wheel, folder):
    left_out = unpack_wheel(wheel, folder)
    files = [p for p in folder.rglob("*") if p.is_file()]
    return sorted(p.relative_to(folder).as_posix() for p in files), left_out


def test_packages_are_fetched_once_and_never_run(index, tmp_path, monkeypatch):
    evil = "raise SystemExit('run')\n" + CODE
    make_wheel(index, "pkg_one", "1.0", [("pkg_one/__init__.py", evil)])
    make_wheel(index, "two", "2.0", [("two.py", CODE), ("two.txt", "no")])
    make_wheel(index, "two", "2.1", [("two.py", CODE), ("tests/t.py", CODE)])
    # A `pip` in the current folder is not what is run.
    cwd = tmp_path / "cwd"
    cwd.mkdir()
    (cwd / "pip.py").write_text("raise SystemExit('wrong pip')")
    monkeypatch.chdir(cwd)
    raw = tmp_path / "raw"
    source = find_source("pypi:Pkg.One==1.0,two", raw)
    assert source.description == "pkg-one==1.0, two==2.1"
    assert [project.name for project in source.projects] == ["pkg-one", "two"]
    assert [str(path.relative_to(raw)) for path in source.files] == [
        *("pkg-one-1.0/pkg_one/__init__.py", "two-2.1/two.py"),
    ]
    assert [source.group(path) for path in source.files] == ["pkg-one", "two"]
    # Without any index, what was fetched is used again.
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nothing"))
    again = find_source("pypi:Pkg.One==1.0,two", raw)
    assert again.files == source.files
    assert again.fingerprint() == source.fingerprint()
    with pytest.raises(ValueError, match=r"'source' .* \(got 'two==2\.0': "):
        find_source("pypi:pkg-one,two==2.0", raw)
    assert not [path for path in (raw / "wheels").iterdir() if path.is_dir()]


def test_a_dataset_of_a_package(index, tmp_path):
    make_wheel(index, "one", "1.0", [("one/a.py", CODE), ("one/b.py", CODE)])
    dataset = CodeChainGraphs(str(tmp_path), "pypi:one", num_workers=0)
    assert {graph.qualified_name for graph in dataset} == {
        *("one.a.greet", "one.b.greet"),
    }
    assert dataset.statistics["source"] == "one==1.0"


def test_a_source_distribution_is_not_built(index, tmp_path):
    (index / "three-1.0.tar.gz").write_bytes(b"")
    with pytest.raises(ValueError, match=r"\(got 'three': .*three"):
        find_source("pypi:three", tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        *("", "flask,", "--index-url=x", "-r x", "flask --pre", "a b"),
        *("flask>=3", "flask==3.*", "flask===3", "flask==3,<4", "flask==x"),
        *("flask[async]", "flask; python_version<'4'", "flask @ file:///x"),
        *("../flask", "./flask.whl", "https://x/y.whl", "flask\n-r x"),
        *("flask,Flask==1", "fl*sk", "ﬂask"),
    ],
)
def test_only_names_and_exact_versions_are_packages(text):
    with pytest.raises(ValueError, match="'source' must"):
        parse_packages(f"pypi:{text}")


def test_names_and_versions_are_canonical():
    assert parse_packages("pypi: Flask == 3.1.0 ,ruamel.yaml") == (
        *(Package("flask", "3.1.0"), Package("ruamel-yaml", None)),
    )


def test_only_python_files_are_unpacked_where_they_are_installed(tmp_path):
    wheel = make_wheel(
        tmp_path,
        *("one", "1.0"),
        [
            *(("one/a.py", CODE), ("one/b.so", "x"), ("one/build/c.py", CODE)),
            *(("one-1.0.data/purelib/d.py", CODE), ("e.PY", "x")),
            *(("one-1.0.data/scripts/run.py", CODE), ("one/t.pyi", "x")),
            ("one-1.0.dist-info/evil.py", CODE),
        ],
    )
    files, left_out = unpacked(wheel, tmp_path / "new")
    assert files == ["d.py", "one/a.py", "one/build/c.py"]
    assert left_out == {}
    assert (tmp_path / "new" / "one" / "a.py").read_text() == CODE


@pytest.mark.parametrize(
    "name",
    [
        *("../evil.py", "/evil.py", "a/../../evil.py", "a//evil.py", "./e.py"),
        *("..\\evil.py", "C:/evil.py", "C:evil.py", "a/ /b.py", "a./b.py"),
        *("a\n.py", "a/\x7f.py", "\u202eyp.py", "x" * 300 + ".py"),
        *("a/" * 2000 + "b.py", "~x:y.py"),
    ],
)
def test_a_member_outside_or_unsafe_is_refused(tmp_path, name):
    wheel = make_wheel(tmp_path, "bad", "1.0", [("ok.py", CODE), (name, CODE)])
    new = tmp_path / "deep" / "new"
    new.mkdir(parents=True)
    with pytest.raises(ValueError, match=r"\(got 'bad-.*': unsafe member"):
        unpack_wheel(wheel, new)
    assert not list((tmp_path / "deep").rglob("*.py"))


def test_a_null_byte_does_not_hide_a_name(tmp_path):
    wheel = make_wheel(tmp_path, "bad", "1.0", [("evil.py_x", CODE)])
    wheel.write_bytes(wheel.read_bytes().replace(b"evil.py_x", b"evil.py\0x"))
    with pytest.raises(ValueError, match="unsafe member"):
        unpack_wheel(wheel, tmp_path / "new")


def test_links_are_refused(tmp_path):
    link = zipfile.ZipInfo("link.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    wheel = make_wheel(tmp_path, "bad", "1.0", [(link, "/etc/passwd")])
    with pytest.raises(ValueError, match=r"'link\.py' is a link"):
        unpack_wheel(wheel, tmp_path / "new")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_is_written_once(tmp_path):
    twice = [("a.py", CODE), ("a.py", "evil = 1\n")]
    with pytest.raises(ValueError, match=r"'a\.py' twice"):
        unpack_wheel(make_wheel(tmp_path, "bad", "1.0", twice), tmp_path)
    spread = [("a.py", CODE), ("bad-2.0.data/platlib/a.py", "evil = 1\n")]
    with pytest.raises(ValueError, match=r"a\.py' twice"):
        unpack_wheel(make_wheel(tmp_path, "bad", "2.0", spread), tmp_path)
    nested = [("a.py", CODE), ("a.py/b.py", CODE)]
    with pytest.raises(ValueError, match="lies in a file"):
        unpack_wheel(make_wheel(tmp_path, "bad", "3.0", nested), tmp_path)
    cases = [("pkg/A.py", CODE), ("pkg/a.py", "other = 1\n")]
    files, left_out = unpacked(
        make_wheel(tmp_path, "odd", "1.0", cases), tmp_path / "new"
    )
    assert files == ["pkg/A.py"]
    assert left_out == {"pkg/a.py": "differs from pkg/A.py by case only"}


def test_bombs_are_refused_before_they_unpack(tmp_path, monkeypatch):
    ratio = [("a.py", " " * (4 << 20))]
    with pytest.raises(ValueError, match="unpack to 4,194,304 of Python"):
        unpack_wheel(make_wheel(tmp_path, "bad", "1.0", ratio), tmp_path)
    monkeypatch.setattr(unpacking, "MAX_BYTES", 1000)
    total = [(f"{i}.py", CODE) for i in range(30)]
    with pytest.raises(ValueError, match="of Python files"):
        unpack_wheel(make_wheel(tmp_path, "bad", "2.0", total), tmp_path)
    monkeypatch.setattr(unpacking, "MAX_MEMBERS", 20)
    many = [(f"{i}.txt", "x") for i in range(30)]
    with pytest.raises(ValueError, match="33 members"):
        unpack_wheel(make_wheel(tmp_path, "bad", "3.0", many), tmp_path)
    assert not list(tmp_path.glob("*.py"))


def test_damaged_wheels(index, tmp_path):
    path = make_wheel(index, "one", "1.0", [("one.py", CODE * 50)])
    sound = path.read_bytes()
    start = sound.index(b"one.py") + 6
    path.write_bytes(sound[: start + 5] + b"\xff" * 8 + sound[start + 13 :])
    raw = tmp_path / "raw"
    with pytest.raises(ValueError, match=r"must be a sound wheel \(got 'one-"):
        find_source("pypi:one", raw)
    path.write_bytes(sound[: len(sound) // 2])
    with pytest.raises(ValueError, match="'source' must"):
        find_source("pypi:one", tmp_path / "other")
    assert not list(raw.glob("one-*")), "nothing half-written"


def test_a_wheel_without_python(index, tmp_path):
    make_wheel(index, "one", "1.0", [("one.so", "x")])
    with pytest.raises(ValueError, match=r"must hold \.py files \(got 'one-1"):
        find_source("pypi:one", tmp_path)


def test_the_newest_wheel_is_found(tmp_path):
    for version in ("1.9", "1.10", "1.2"):
        make_wheel(tmp_path, "one", version, [])
    (tmp_path / "broken.whl").write_text("")
    assert find_wheel(Package("one", None), tmp_path).name.startswith(
        "one-1.10"
    )
    assert find_wheel(Package("one", "1.3"), tmp_path) is None


def test_pinned_hashes_decide(index, tmp_path, monkeypatch):
    wheel = make_wheel(index, "one", "1.0", [("one.py", CODE)])
    manifest = corpus_manifest("python10")
    entry = {"name": "one", "version": "1.0", "wheel": wheel.name}
    manifest["packages"] = [entry]
    monkeypatch.setattr(
        "gmert_pyg.data.sources.corpora.corpus_manifest", lambda _: manifest
    )
    entry["sha256"] = "0" * 64
    with pytest.raises(ValueError, match=r"pinned hashes \(got 'one-1\.0"):
        corpus_source("python10", tmp_path / "raw")
    own = tmp_path / "raw" / "python10"
    assert not list(own.glob("one-*"))
    # One that was unpacked before is not trusted more.
    find_source("pypi:one", own)
    with pytest.raises(ValueError, match="pinned hashes"):
        corpus_source("python10", tmp_path / "raw")
    record = own / "one-1.0" / ".wheel.json"
    entry["sha256"] = json.loads(record.read_text())["sha256"]
    source = corpus_source("python10", tmp_path / "raw")
    assert [project.name for project in source.projects] == ["one"]
    assert set(source.split) == {"validation", "test"}


def test_processes_that_need_a_package_at_once_agree(index, tmp_path):
    make_wheel(index, "one", "1.0", [(f"m{i}.py", CODE) for i in range(50)])
    raw = tmp_path / "raw"
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(find_source, ["pypi:one"] * 4, [raw] * 4))
    assert {source.files for source in found} == {found[0].files}
    assert len(found[0].files) == 50
    assert sorted(path.name for path in raw.iterdir()) == [
        *(".lock", "one-1.0", "wheels"),
    ]


def test_a_folder_for_what_is_fetched_is_needed():
    with pytest.raises(ValueError, match=r"'raw_dir' .* \(got None\)"):
        find_source("pypi:flask")
