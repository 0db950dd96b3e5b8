"""One training of the benchmark, in a process of its own: ``train.py JSON``.

The JSON names the way (lora, full), learning rate, seed, epochs, data and output folder.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


def train_one(job: dict[str, Any]) -> dict[str, Any]:
    """Trains through the command's own code, and says how long it took."""
    import torch

    from lte_edit.training import parse, train

    gpu = torch.cuda.is_available()
    batch = 32 if gpu else 8
    arguments = {
        "model_name_or_path": "demo",
        "dataset_name": job["data"],
        "output_dir": job["output"],
        "use_peft": str(job["way"] == "lora").lower(),
        "learning_rate": job["rate"],
        "num_train_epochs": job["epochs"],
        "per_device_train_batch_size": batch,
        "gradient_accumulation_steps": job["batch"] // batch,
        "max_length": 1024,
        # Batches of like length: most rows are short, and little is computed for padding.
        "train_sampling_strategy": "group_by_length",
        "seed": job["seed"],
        "logging_steps": 20,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": "true",
        "gradient_checkpointing": "false",
        # Weights in float32, as pure 16 bits learn badly at these rates; computing in bfloat16.
        "dtype": "float32",
        "bf16": str(gpu).lower(),
        "save_merged": str(job["way"] == "lora").lower(),
    }
    begun = time.time()
    flags = [part for name, value in arguments.items() for part in (f"--{name}", str(value))]
    result = train(parse(flags))
    folder = Path(job["output"])
    return {
        **job,
        "model": str(folder / "merged" if job["way"] == "lora" else folder),
        "steps": result["steps"],
        "loss": result["metrics"].get("train_loss"),
        "seconds": round(time.time() - begun, 1),
    }


if __name__ == "__main__":
    made = train_one(json.loads(sys.argv[1]))
    Path(made["output"], "job.json").write_text(json.dumps(made) + "\n", "utf-8")
