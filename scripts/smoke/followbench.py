"""Use the installed followbench once: its help, its own data, and a small score by hand."""

import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

GROUP = {
    "id": "smoke-1",
    "category": "content",
    "lang": "en",
    "instruction": "Describe the sea.",
    "levels": [
        {
            "instruction": f"Describe the sea in at most {most} words.",
            "constraint": f"at most {most} words",
            "check": {"type": "words", "max": most},
        }
        for most in (9, 7, 5, 3, 1)
    ],
}


def followbench(*arguments: str) -> str:
    command = Path(sys.executable).with_name("followbench")
    return subprocess.run([command, *arguments], check=True, capture_output=True, text=True).stdout


assert "Usage" in followbench("--help")
followbench("data", "validate", "mini")
with tempfile.TemporaryDirectory() as folder:
    data, generations = Path(folder, "data.jsonl"), Path(folder, "generations.jsonl")
    data.write_text(json.dumps(GROUP), "utf-8")
    rows = [
        {"category": "content", "example_id": "smoke-1", "level": level, "generation": "blue " * 4}
        for level in range(1, 6)
    ]
    generations.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    options = ("--data", str(data), "--lang", "en", "--generations", str(generations), "--json")
    score = json.loads(followbench("score", *options))
content = score["categories"]["content"]
# Four words keep the bounds 9, 7 and 5, and break 3 and 1.
assert content["hsr"] == [100, 100, 100, 0, 0], content
assert content["csl"] == 3, content
assert all(abs(a - b) < 1e-9 for a, b in zip(content["ssr"], [100, 100, 100, 75, 60], strict=True))
assert importlib.util.find_spec("torch") is None
print("followbench: help, mini and a score worked, without torch")
