"""The servers as another commit or another preset builds them."""

import json
import shutil
import subprocess
from pathlib import Path

from bench.results import ROOT, output_of

FOLDER = ROOT / "build/bench"
TARGETS = ("bench_server", "allocation_counter")


def programs_of(name: str) -> Path:
    """Builds a preset of this tree, or a commit with its release preset; answers where the programs are."""
    if name in presets():
        return build(ROOT, name, ROOT / "build" / name)
    commit = output_of("git", "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    if not commit:
        raise ValueError(f"'{name}' is neither a result (.json), nor a preset, nor a commit")
    folder = FOLDER / commit[:12]
    tree = folder / "tree"
    if not tree.is_dir():
        unpack(commit, tree)
    return build(tree, "release", folder / "release")


def presets() -> list[str]:
    said = json.loads((ROOT / "CMakePresets.json").read_text(encoding="utf-8"))
    return [preset["name"] for preset in said["configurePresets"] if not preset.get("hidden")]


def unpack(commit: str, tree: Path):
    partly = tree.with_name("partly")
    shutil.rmtree(partly, ignore_errors=True)
    partly.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["tar", "-x"], cwd=partly, input=archive.stdout, check=True)
    partly.rename(tree)


def build(tree: Path, preset: str, folder: Path) -> Path:
    print(f"\n== Building {preset} of {tree}", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    for command in (["cmake", "--preset", preset, "-B", str(folder), "-DPINWHEEL_BUILD_PERF=ON"],
                    ["cmake", "--build", str(folder), "--target", *TARGETS]):
        done = subprocess.run(command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        if done.returncode != 0:
            raise ValueError(f"{' '.join(command)} failed in {tree}:\n{done.stdout[-2000:]}")
    return folder / "perf"
