"""Evaluation as KnowEdit does it: edit success, portability, locality, fluency, retrieval.

from lte_edit.evaluation import Setting, evaluate
from lte_edit.sources import read_cases

found = evaluate(
    read_cases("zsre.json")[:100], ["icl", "lte"], [Setting("mass", 10), Setting("mass", 100)],
    model="hf/aligned", unaligned="demo", encoder="demo",
)
print(found.get("lte", edits=100).scores["edit_success"])
"""

from lte_edit.evaluation.choices import EvalChoice, Setting
from lte_edit.evaluation.methods import Edited, Lab, Method
from lte_edit.evaluation.models import Loading
from lte_edit.evaluation.pipeline import evaluate
from lte_edit.evaluation.results import Evaluation, Outcome
from lte_edit.evaluation.subjects import Subject

__all__ = [
    "Edited",
    "EvalChoice",
    "Evaluation",
    "Lab",
    "Loading",
    "Method",
    "Outcome",
    "Setting",
    "Subject",
    "evaluate",
]
