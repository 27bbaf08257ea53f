"""The formats that can be imported: how each is recognised, and the source of its figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from evals.imports import (
    aider,
    artificial_analysis,
    epoch,
    every_eval_ever,
    hf_eval_results,
    lagline_csv,
    lm_eval,
    lmarena,
    metr,
    swe_bench,
    tables,
)
from evals.imports.bundle import Bundle
from evals.imports.rows import OverLimit, Rows, Unreadable, printable


@dataclass(frozen=True, slots=True)
class Format:
    """One format: `publication` and `url` are the source of its figures where a row names none."""

    name: str
    title: str
    read: Callable[[Bundle], Rows]
    matches: Callable[[Bundle], bool]
    publication: str
    url: str = ""
    licence: str = ""
    sync_url: str = ""
    sync_credential: str = ""


FORMATS = {
    entry.name: entry
    for entry in (
        Format(
            "lagline-csv",
            "Lagline's own CSV",
            lagline_csv.read,
            lagline_csv.matches,
            "A table that was imported",
        ),
        Format(
            "lm-eval",
            "lm-eval: results_*.json with samples_*.jsonl",
            lm_eval.read,
            lm_eval.matches,
            "A run of lm-eval elsewhere",
        ),
        Format(
            "every-eval-ever",
            "Every Eval Ever 0.2 and 0.3",
            every_eval_ever.read,
            every_eval_ever.matches,
            "Every Eval Ever",
            "https://github.com/evaleval/every_eval_ever",
        ),
        Format(
            "epoch-benchmarks",
            "Epoch AI: eci_benchmarks.csv",
            epoch.read_benchmarks,
            epoch.matches_benchmarks,
            "Epoch AI, benchmarking data",
            "https://epoch.ai/data",
            "CC BY 4.0",
            "https://epoch.ai/data/eci_benchmarks.csv",
        ),
        Format(
            "epoch-index",
            "Epoch AI: eci_scores.csv, or the index file of the hub",
            epoch.read_index,
            epoch.matches_index,
            "Epoch AI, Epoch Capabilities Index",
            "https://epoch.ai/data",
            "CC BY 4.0",
            "https://epoch.ai/data/eci_scores.csv",
        ),
        Format(
            "epoch-hub",
            "Epoch AI: the benchmarking hub's CSV files, one per benchmark",
            epoch.read_hub,
            epoch.matches_hub,
            "Epoch AI, benchmarking hub",
            "https://epoch.ai/benchmarks",
            "CC BY 4.0",
            "https://epoch.ai/data/benchmark_data.zip",
        ),
        Format(
            "aider",
            "Aider: polyglot_leaderboard.yml",
            aider.read,
            aider.matches,
            "Aider, polyglot leaderboard",
            "https://aider.chat/docs/leaderboards/",
            "Apache-2.0",
            "https://raw.githubusercontent.com/Aider-AI/aider/main/aider/website/_data/polyglot_leaderboard.yml",
        ),
        Format(
            "swe-bench",
            "SWE-bench: leaderboards.json",
            swe_bench.read,
            swe_bench.matches,
            "SWE-bench leaderboards",
            "https://www.swebench.com",
            "fact",
            "https://raw.githubusercontent.com/SWE-bench/swe-bench.github.io/master/data/leaderboards.json",
        ),
        Format(
            "metr",
            "METR: benchmark_results.yaml",
            metr.read,
            metr.matches,
            "METR, time horizons",
            "https://metr.org/time-horizons/",
            "fact",
            "https://metr.org/assets/benchmark_results_1_1.yaml",
        ),
        Format(
            "lmarena",
            "LMArena: a leaderboard as JSON",
            lmarena.read,
            lmarena.matches,
            "LMArena leaderboard",
            "https://lmarena.ai/leaderboard",
            "fact",
        ),
        Format(
            "artificial-analysis",
            "Artificial Analysis: the response of its data API",
            artificial_analysis.read,
            artificial_analysis.matches,
            "Artificial Analysis",
            "https://artificialanalysis.ai/",
            "fact, with credit",
            "https://artificialanalysis.ai/api/v2/data/llms/models",
            "ARTIFICIAL_ANALYSIS",
        ),
        Format(
            "hf-eval-results",
            "Hugging Face: .eval_results/*.yaml of a model's repository",
            hf_eval_results.read,
            hf_eval_results.matches,
            "Hugging Face, .eval_results",
            "https://huggingface.co",
            "fact",
        ),
    )
}


def format_named(name: str) -> Format:
    """Return the format of this name. Raises Unreadable."""
    if name not in FORMATS:
        raise Unreadable(f"There is no format {name!r}; there are {', '.join(FORMATS)}.")
    return FORMATS[name]


def recognised(bundle: Bundle) -> Format:
    """Return the only format that the content is of. Raises Unreadable."""
    matching, problems = [], []
    for entry in FORMATS.values():
        try:
            if entry.matches(bundle):
                matching.append(entry)
        except OverLimit:
            raise
        except Unreadable as error:
            problems.append(str(error))
    if len(matching) == 1:
        return matching[0]
    if problems and not matching:
        raise Unreadable(problems[0])
    words = ", ".join(entry.name for entry in matching or FORMATS.values())
    problem = "could be of several formats" if matching else "is of none of the known formats"
    raise Unreadable(f"{bundle.path.name} {problem}; say which it is: {words}.{_header_text(bundle)}")


def _header_text(bundle: Bundle) -> str:
    """Return a sentence about the header of the only table, empty without one. Raises Unreadable."""
    if len(bundle.parts) != 1 or not bundle.named(".csv"):
        return ""
    columns = tables.columns_of(bundle.lines(bundle.parts[0]), bundle.parts[0].name)
    return f" Its header names {printable(', '.join(columns), 200) or 'nothing'}."
