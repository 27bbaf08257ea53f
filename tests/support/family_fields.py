"""The fields that a provider documents beside OpenAI's own, by the name of its preset."""

from collections.abc import Mapping

from tests.support.payloads import Check, kind, one_of

_SWITCH = kind(bool, "a boolean")


def _thinking(value: object) -> str | None:
    good = isinstance(value, dict) and value.get("type") in ("enabled", "disabled", "auto")
    return None if good else "an object with the type enabled, disabled or auto"


FAMILY_FIELDS: Mapping[str, Mapping[str, Check]] = {
    "dashscope": {"enable_thinking": _SWITCH},
    "deepseek": {"thinking": _thinking},
    "fireworks": {"context_length_exceeded_behavior": one_of("truncate", "error")},
    "hunyuan": {"enable_enhancement": _SWITCH},
    "minimax": {"reasoning_split": _SWITCH},
    "openrouter": {"provider": kind(dict, "an object")},
    "siliconflow": {"enable_thinking": _SWITCH},
    "volcengine": {"thinking": _thinking},
    "zai": {"thinking": _thinking},
}
