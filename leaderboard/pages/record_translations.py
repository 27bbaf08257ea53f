"""Texts of the record that pages tell in each language: all others stand as they were written, in English."""

from __future__ import annotations

from django.utils.html import format_html, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext, pgettext_lazy

CONTEXT = "in the record"
TOLD = (  # listed for the translators; what is not listed is shown as written
    pgettext_lazy("in the record", "accuracy"),
    pgettext_lazy("in the record", "accuracy at 16k tokens"),
    pgettext_lazy("in the record", "automation rate"),
    pgettext_lazy("in the record", "average accuracy"),
    pgettext_lazy("in the record", "average of five runs"),
    pgettext_lazy("in the record", "average progress"),
    pgettext_lazy("in the record", "average score"),
    pgettext_lazy("in the record", "correct"),
    pgettext_lazy("in the record", "country accuracy"),
    pgettext_lazy("in the record", "exact match"),
    pgettext_lazy("in the record", "index"),
    pgettext_lazy("in the record", "mean score of ten"),
    pgettext_lazy("in the record", "overall pass"),
    pgettext_lazy("in the record", "percent correct after two tries"),
    pgettext_lazy("in the record", "prompt-level strict accuracy"),
    pgettext_lazy("in the record", "resolved"),
    pgettext_lazy("in the record", "score"),
    pgettext_lazy("in the record", "semi-private accuracy"),
    pgettext_lazy("in the record", "solving rate"),
    pgettext_lazy("in the record", "success rate"),
    pgettext_lazy("in the record", "time horizon at 50% success"),
    pgettext_lazy("in the record", "unguided solved"),
    pgettext_lazy("in the record", "wins against experts"),
    pgettext_lazy("in the record", "API price change"),
    pgettext_lazy("in the record", "GGUF downloads a month on Hugging Face"),
    pgettext_lazy("in the record", "derivative models on Hugging Face"),
    pgettext_lazy("in the record", "downloads on Hugging Face"),
    pgettext_lazy("in the record", "downloads on Hugging Face, January to July 2026"),
    pgettext_lazy("in the record", "expect AI to help work and health"),
    pgettext_lazy("in the record", "monthly active users"),
    pgettext_lazy("in the record", "share of use on OpenRouter"),
    pgettext_lazy("in the record", "trust in AI"),
    pgettext_lazy("in the record", "Chinese models"),
    pgettext_lazy("in the record", "Chinese open models"),
    pgettext_lazy("in the record", "DeepSeek R1 derivatives"),
    pgettext_lazy("in the record", "DeepSeek app"),
    pgettext_lazy("in the record", "Google open models"),
    pgettext_lazy("in the record", "people in Brazil; Mexico; South Africa; UAE"),
    pgettext_lazy("in the record", "people in India"),
    pgettext_lazy("in the record", "US"),
    pgettext_lazy("in the record", "closed models"),
    pgettext_lazy("in the record", "China"),
    pgettext_lazy("in the record", "open models"),
    pgettext_lazy("in the record", "AI adviser of the White House"),
    pgettext_lazy("in the record", "bank"),
    pgettext_lazy("in the record", "chairman of Alibaba"),
    pgettext_lazy("in the record", "chief executive of 01.AI"),
    pgettext_lazy("in the record", "chief executive of Baidu"),
    pgettext_lazy("in the record", "evaluator"),
    pgettext_lazy("in the record", "founder of 360 Security Technology"),
    pgettext_lazy("in the record", "government evaluator"),
    pgettext_lazy("in the record", "government evaluators"),
    pgettext_lazy("in the record", "head of China technology research at CLSA"),
    pgettext_lazy("in the record", "research institute"),
    pgettext_lazy("in the record", "venture investor"),
    pgettext_lazy("in the record", "AI overall"),
    pgettext_lazy("in the record", "AI overall, a year or more before"),
    pgettext_lazy("in the record", "AI overall, before DeepSeek R1"),
    pgettext_lazy("in the record", "DeepSeek V4 Pro on nine benchmarks, two of them not public"),
    pgettext_lazy("in the record", "ERNIE Bot against ChatGPT"),
    pgettext_lazy("in the record", "Epoch Capabilities Index since 2023"),
    pgettext_lazy("in the record", "Epoch Capabilities Index since January 2026"),
    pgettext_lazy("in the record", "core technologies of AI"),
    pgettext_lazy("in the record", "cyber capabilities of Kimi K3"),
    pgettext_lazy("in the record", "large language models"),
    pgettext_lazy("in the record", "large language models, against GPT-4"),
    pgettext_lazy("in the record", "records on GPQA, MMLU, GSM1k and BBH"),
)


def translate_record_text(text: str) -> str:
    """Return a text of the record in the language of the moment, or as it was written, marked as English."""
    translated = pgettext(CONTEXT, text) if text else ""
    return mark_english(text) if translated == text else translated


def mark_english(text: str) -> SafeString:
    """Return a text of the record as it was written, marked as English, its addresses as links."""
    if not text:
        return SafeString()
    return format_html('<span lang="en">{}</span>', mark_safe(urlize(text, autoescape=True)))  # noqa: S308
