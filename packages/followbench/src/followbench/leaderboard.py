"""The paper's thirteen models (arXiv 2310.20410, English, judged by GPT-4) for reference."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """A model's published average over the six categories.

    Attributes:
        model: Its name in the paper.
        hsr: HSR at levels 1 to 5, percent.
        ssr: SSR averaged over the levels, percent.
        csl: Consistent satisfaction levels, 0 to 5.
    """

    model: str
    hsr: tuple[float, float, float, float, float]
    ssr: float
    csl: float


PUBLISHED: tuple[Published, ...] = (
    Published("GPT-4-1106-preview", (84.7, 75.6, 70.8, 73.9, 61.9), 77.2, 3.3),
    Published("GPT-3.5-turbo-1106", (80.3, 68.0, 68.6, 61.1, 53.2), 72.5, 2.9),
    Published("Qwen-Chat-72B", (73.8, 63.3, 54.3, 45.2, 39.9), 63.6, 2.4),
    Published("WizardLM-13B-V1.2", (68.8, 64.1, 53.1, 40.8, 35.8), 60.7, 2.2),
    Published("Vicuna-13B-v1.5", (71.2, 60.2, 49.6, 40.6, 34.0), 60.8, 2.1),
    Published("LLaMA2-Chat-13B", (57.0, 56.0, 50.4, 44.4, 38.1), 56.4, 2.2),
    Published("LLaMA2-Chat-70B", (59.9, 53.3, 46.0, 40.2, 37.9), 55.9, 2.1),
    Published("Qwen-Chat-14B", (62.8, 56.2, 47.7, 38.7, 30.9), 57.3, 1.9),
    Published("LLaMA2-Chat-7B", (58.0, 51.3, 47.4, 39.5, 35.3), 54.8, 1.9),
    Published("Vicuna-7B-v1.5", (60.8, 52.0, 42.2, 33.3, 23.9), 54.4, 1.7),
    Published("Qwen-Chat-7B", (55.9, 51.7, 38.7, 33.1, 23.3), 52.1, 1.5),
    Published("Baichuan2-Chat-7B", (58.3, 46.1, 40.7, 30.4, 25.5), 53.6, 1.4),
    Published("ChatGLM3-6B", (60.9, 46.6, 36.7, 27.8, 21.4), 52.0, 1.6),
)
