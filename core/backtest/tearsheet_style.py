"""The style of a tear sheet: the desk's own colours and fonts, as CSS that needs nothing from the net.

Dark or light as the reader's system has it, or as asked; always light on paper.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

THEMES: Final = ("auto", "dark", "light")
MARKETS: Final = ("western", "chinese", "colour_blind")
_TOKENS: Final = Path(__file__).resolve().parents[2] / "resources" / "themes" / "tokens.json"
_COLOURS: Final = {
    "desk": "surface.desk",
    "panel": "surface.panel",
    "raised": "surface.raised",
    "primary": "text.primary",
    "secondary": "text.secondary",
    "tertiary": "text.tertiary",
    "subtle": "border.subtle",
    "line": "border.default",
    "grid": "chart.grid",
    "equity": "chart.equity",
    "drawdown": "chart.drawdown",
    "exposure": "chart.series.0",
    "benchmark": "chart.benchmark",
    "warning": "state.warning",
    "warning-fill": "state_fill.late",
    "error": "state.error",
    "error-fill": "state_fill.error",
    "accent": "accent.base",
}

_RULES: Final = """
*{box-sizing:border-box}
body{margin:0;background:var(--desk);color:var(--primary);font:12px/1.5 FONTS;
 font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
main{max-width:1040px;margin:0 auto;padding:16px}
section{background:var(--panel);border:1px solid var(--subtle);border-radius:4px;margin:0 0 8px;
 padding:12px 16px}
h1{font-size:20px;line-height:1.3;font-weight:600;margin:0;overflow-wrap:anywhere}
h2{font-size:12px;font-weight:600;margin:0 0 8px;color:var(--secondary)}
p{margin:4px 0 0;color:var(--secondary);overflow-wrap:anywhere}
p.note{white-space:pre-wrap;color:var(--primary)}
.mono{font-family:MONO;font-size:11px}
.tag{display:inline-block;border:1px solid var(--line);border-radius:3px;padding:0 6px;margin-right:4px;
 color:var(--secondary)}
ul.warnings{list-style:none;margin:0 0 8px;padding:0}
ul.warnings li{background:var(--warning-fill);color:var(--primary);border-left:3px solid var(--warning);
 border-radius:2px;padding:6px 12px;margin-bottom:4px;overflow-wrap:anywhere}
ul.warnings li.error{background:var(--error-fill);border-color:var(--error)}
ul.warnings b{color:var(--warning);font-weight:600}
ul.warnings .error b{color:var(--error)}
dl.key{display:flex;flex-wrap:wrap;gap:12px 24px;margin:0}
dl.key div{flex:1 0 88px}
dl.key dt{font-size:11px;color:var(--tertiary)}
dl.key dd{margin:0;font-size:18px;font-weight:500;white-space:nowrap}
table{border-collapse:collapse;width:100%}
th{font-weight:500;color:var(--tertiary);font-size:11px;text-align:right;padding:2px 6px;
 border-bottom:1px solid var(--line)}
td{padding:3px 6px;text-align:right;border-bottom:1px solid var(--subtle);white-space:nowrap}
tr:last-child td{border-bottom:0}
th:first-child,td:first-child{text-align:left;padding-left:0}
th:last-child,td:last-child{padding-right:0}
td.whole{font-weight:600}
table.plain td:first-child{color:var(--secondary);width:34%;white-space:normal}
table.plain td{text-align:left;white-space:normal;overflow-wrap:anywhere;vertical-align:top}
.two{display:grid;grid-template-columns:1fr 1fr;gap:0 32px}
.two table.figures td:last-child{color:var(--primary)}
table.figures td:first-child{color:var(--secondary)}
.up{color:var(--up)}.down{color:var(--down)}
svg{display:block;width:100%;height:auto}
svg text{font-family:FONTS;font-size:11px;fill:var(--tertiary);font-variant-numeric:tabular-nums}
svg .grid{stroke:var(--grid);stroke-width:1;shape-rendering:crispEdges}
svg .zero{stroke:var(--line);stroke-width:1;shape-rendering:crispEdges}
svg .start{stroke:var(--benchmark);stroke-dasharray:4 3;stroke-width:1;shape-rendering:crispEdges}
svg .equity{fill:none;stroke:var(--equity);stroke-width:1;stroke-linejoin:round}
svg .drawdown{fill:var(--drawdown);fill-opacity:.28;stroke:none}
svg .drawdown-line{fill:none;stroke:var(--drawdown);stroke-width:1}
svg .exposure{fill:var(--exposure);fill-opacity:.22;stroke:none}
svg .exposure-line{fill:none;stroke:var(--exposure);stroke-width:1}
svg .win{fill:var(--bar-up)}svg .loss{fill:var(--bar-down)}
footer{color:var(--tertiary);font-size:11px;padding:0 4px 8px}
.heat0{background:var(--heat0)}.heat1{background:var(--heat1)}.heat2{background:var(--heat2)}
.heat4{background:var(--heat4)}.heat5{background:var(--heat5)}.heat6{background:var(--heat6)}
.scroll{overflow-x:auto}
@media (max-width:640px){.two{grid-template-columns:1fr}main{padding:8px}section{padding:12px 8px}}
@media print{main{max-width:none;padding:0}section{break-inside:avoid}body{-webkit-print-color-adjust:exact;
 print-color-adjust:exact}}
"""


@cache
def _tokens() -> dict[str, Any]:
    return dict(json.loads(_TOKENS.read_text(encoding="utf-8")))


def style(theme: str, market: str) -> str:
    """The sheet's CSS. Raises `ValueError` for an unknown theme or palette."""
    if theme not in THEMES or market not in MARKETS:
        raise ValueError(f"theme {theme!r}, colours {market!r}: use {THEMES} and {MARKETS}")
    font = _tokens()["font"]
    rules = _RULES.replace("FONTS", _families(font["fallback"])).replace(
        "MONO", _families([font["mono"], "monospace"])
    )
    light, dark = _variables("light", market), _variables("dark", market)
    if theme == "light":
        return f":root{{{light}}}{rules}"
    paper = f"@media print{{:root{{{light}}}}}"
    if theme == "dark":
        return f":root{{{dark}}}{paper}{rules}"
    return (
        f":root{{{light}}}@media (prefers-color-scheme:dark) and (not print){{:root{{{dark}}}}}{paper}{rules}"
    )


def _variables(theme: str, market: str) -> str:
    tokens = _tokens()["themes"][theme]
    palette = tokens["market"][market]
    colours = {name: _at(tokens, path) for name, path in _COLOURS.items()}
    colours |= {"up": palette["up"], "down": palette["down"]}
    colours |= {"bar-up": palette["candle_up"], "bar-down": palette["candle_down"]}
    colours |= {f"heat{n}": colour for n, colour in enumerate(palette["heat"])}
    scheme = f"color-scheme:{theme};"
    return scheme + "".join(f"--{name}:{colour};" for name, colour in colours.items())


def _at(tokens: dict[str, Any], path: str) -> str:
    found: Any = tokens
    for part in path.split("."):
        found = found[int(part)] if isinstance(found, list) else found[part]
    return str(found)


def _families(names: list[str]) -> str:
    return ",".join(name if name.islower() else f'"{name}"' for name in names)
