"""What attacks look like, in patterns that take linear time."""

from functools import cache
from typing import Any, Final

_GAP: Final = r"(?:\s|&(?:#x?[0-9a-f]+|tab|newline);?)*"
_SCRIPT_SCHEME: Final = (
    _GAP.join("javascript") + _GAP + "(?::|&colon;|&#x?0*(?:58|3a);?)"
)

RULES: Final = {
    "sql": (
        r"['\"`)]\s*(?:or|and|\|\||&&)\s*\(?\s*(?:not\s+)?['\"(\w]+\s*['\"]?\s*"
        r"(?:=|<|>|like\b|is\b|in\b|between\b)",
        r"\b(?:or|and)\s+\(?\s*(?:\d+\s*=\s*\d+|'[^']*'\s*=\s*'|true\b\s*--)",
        r"\bunion(?:\s|/\*.*?\*/)+(?:all\s+|distinct\s+)?select\b",
        r";\s*(?:drop|alter|truncate|create)\s+(?:table|database|schema|user|index)\b",
        r";\s*(?:delete\s+from|insert\s+into|update\s+\w+\s+set|exec(?:ute)?\s+\w)",
        r"['\")\d]\s*(?:--(?:\s|$|\+)|/\*)",
        r"'\s*;?\s*(?:--|#)",
        r"\b(?:pg_sleep|benchmark|sleep|load_file|dbms_\w+\.\w+)\s*\(",
        r"\bwaitfor\s+delay\b",
        r"\bxp_cmdshell\b",
        r"\b(?:from|join)\s+(?:information_schema|pg_catalog|pg_user|sqlite_master|"
        r"mysql\.user)\b",
    ),
    "xss": (
        r"<\s*/?\s*(?:script|iframe|object|embed|applet|base|meta|svg|math|frame|"
        r"portal)(?:[\s/>]|$)",
        r"<[a-z!/?][^>]*[\s/\"'\x0b]on[a-z]{3,}[\s\x0b]*=",
        r"['\"]\s*on(?:error|load|click|focus|mouse\w+|key\w+|toggle)[\s]*=",
        _SCRIPT_SCHEME,
        r"vbscript\s*:",
        r"data\s*:\s*(?:text/html|image/svg\+xml|application/xhtml)",
        r"<[a-z][^>]*(?:srcdoc|formaction|xlink:href)\s*=",
        r"style\s*=[^>]*(?:expression\s*\(|url\s*\(\s*['\"]?\s*javascript)",
        r"constructor\s*\.\s*constructor\s*\(",
    ),
    "command": (
        r"[;&|`\n]\s*(?:cat|ls|id|whoami|uname|wget|curl|nc|ncat|bash|sh|zsh|rm|chmod|"
        r"powershell|cmd(?:\.exe)?|python3?|perl|ruby|php|ping|nslookup|sleep|touch)"
        r"(?:\s+[-/.\w$'\"]|\s*$|\s*[;&|`])",
        r"\$\(\s*[\w./]+[^)]*\)",
        r"`\s*(?:cat|ls|id|whoami|uname|wget|curl|nc|bash|sh|rm)\b[^`]*`",
        r"\$\{IFS\}",
        r"/etc/(?:passwd|shadow)\b",
        r"\|\s*(?:ba|z)?sh\b",
        r"\brm\s+-[rf]{2}\s+/",
        r"/dev/(?:tcp|udp)/",
    ),
}


@cache
def patterns() -> tuple[Any, dict[str, Any]]:
    """One that finds whether there is anything, and one for each rule. Compiled when
    first asked for: most commands never do."""
    import re2

    options = re2.Options()
    options.case_sensitive = False
    options.dot_nl = True
    options.log_errors = False
    made = {rule: "|".join(f"(?:{each})" for each in RULES[rule]) for rule in RULES}
    anything = re2.compile("|".join(made.values()), options=options)
    return anything, {
        rule: re2.compile(text, options=options) for rule, text in made.items()
    }
