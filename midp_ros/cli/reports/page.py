"""One self-contained HTML page: verdict, sections, tables and embedded pictures; imports the standard library only.

Nothing is fetched: the style stands in the page and pictures are data URLs.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from midp_ros.core.files.output import write_text

STYLE = """
:root { --ink: #1c2430; --soft: #5b6675; --line: #dfe4ea; --ground: #f6f7f9; --card: #fff;
        --good: #1d7a46; --bad: #b3541e; --bar: #c9d6e8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7ebf0; --soft: #9aa6b5; --line: #333c48; --ground: #15191f; --card: #1d232b;
          --good: #58c48a; --bad: #e59a63; --bar: #35506f; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
       font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 48px; }
h1 { font-size: 24px; margin: 0 0 2px; } h2 { font-size: 17px; margin: 0 0 12px; }
.subtitle { color: var(--soft); margin: 0 0 20px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
          padding: 18px 20px; margin: 0 0 18px; }
.verdict { border-left: 6px solid var(--bad); } .verdict.good { border-left-color: var(--good); }
.verdict p { margin: 0; } .verdict p:first-of-type { font-size: 18px; font-weight: 600; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)); gap: 18px; margin-top: 14px; }
.tile b { display: block; font-size: 24px; font-weight: 650; line-height: 1.2; }
.tile span { color: var(--soft); font-size: 13px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; font-size: 13px; } tr:last-child td { border-bottom: 0; }
td.number, th.number { text-align: right; }
.note { color: var(--soft); font-size: 13px; margin: 10px 0 0; }
.track { width: 120px; padding-top: 6px; }
.bar { background: var(--bar); border-radius: 3px; height: 10px; min-width: 2px; }
figure { margin: 0; } figcaption { font-size: 13px; color: var(--soft); margin-top: 6px; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); gap: 18px; }
img { max-width: 100%; height: auto; border-radius: 6px; background: #fff; display: block; }
.yes { color: var(--good); font-weight: 600; } .no { color: var(--bad); font-weight: 600; }
code { font: 13px ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
details summary { cursor: pointer; color: var(--soft); }
"""


@dataclass
class Page:
    """A page that is built from top to bottom.

    Args:
        title, subtitle: of the page; plain text, as all texts given to the functions here.
    """

    title: str
    subtitle: str = ""
    parts: list[str] = field(default_factory=list)

    def verdict(self, sentences: Sequence[str], good: bool, tiles: Sequence[tuple[str, str]] = ()) -> None:
        """The conclusion: sentences, and figures with what each one is."""
        shown = "".join(f"<p>{escape(s)}</p>" for s in sentences)
        figures = "".join(f'<div class="tile"><b>{escape(v)}</b><span>{escape(name)}</span></div>' for v, name in tiles)
        figures = f'<div class="tiles">{figures}</div>' if figures else ""
        self.parts.append(f'<section class="verdict{" good" if good else ""}">{shown}{figures}</section>')

    def section(self, heading: str, *contents: str) -> None:
        """A card with a heading; the contents are HTML."""
        self.parts.append(f"<section><h2>{escape(heading)}</h2>{''.join(contents)}</section>")

    def text(self) -> str:
        """The HTML."""
        subtitle = f'<p class="subtitle">{escape(self.subtitle)}</p>' if self.subtitle else ""
        return (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(self.title)}</title><style>{STYLE}</style></head>\n"
            f"<body><main><h1>{escape(self.title)}</h1>{subtitle}\n"
            + "\n".join(self.parts)
            + "\n</main></body></html>\n"
        )

    def write(self, path: Path) -> None:
        """Writes the page whole or not at all; raises OutputError."""
        write_text(path, self.text())


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """A table of plain texts; columns in `numbers` are aligned to the right. A `Html` cell is kept as it is."""

    def line(tag: str, cells: Sequence[str]) -> str:
        marks = [' class="number"' if i in numbers else "" for i in range(len(cells))]
        shown = (c if isinstance(c, Html) else escape(c) for c in cells)
        return "<tr>" + "".join(f"<{tag}{m}>{c}</{tag}>" for m, c in zip(marks, shown, strict=True)) + "</tr>"

    body = "".join(line("td", row) for row in rows)
    return f'<div class="wide"><table><thead>{line("th", headings)}</thead><tbody>{body}</tbody></table></div>'


class Html(str):
    """A cell of a table that is HTML already."""


def bar(share: float) -> Html:
    """A bar for a share, 0 to 1."""
    width = 100 * min(max(share, 0.0), 1.0)
    return Html(f'<div class="track"><div class="bar" style="width:{width:.1f}%"></div></div>')


def outcome(success: bool) -> Html:
    """Success or failure, in colour."""
    return Html(f'<span class="{"yes" if success else "no"}">{"success" if success else "failure"}</span>')


def note(text: str) -> str:
    """A remark below a table or a picture."""
    return f'<p class="note">{escape(text)}</p>'


def code(text: str) -> Html:
    """A command or path."""
    return Html(f"<code>{escape(text)}</code>")


def folded(summary: str, content: str) -> str:
    """Content that opens on a click."""
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def picture(content: bytes, kind: str, caption: str = "") -> str:
    """An embedded picture; `kind` is png or gif."""
    data = base64.b64encode(content).decode()
    text = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure><img alt="{escape(caption or "curves")}" src="data:image/{kind};base64,{data}">{text}</figure>'


def pictures(contents: Sequence[str]) -> str:
    """Pictures side by side, as far as the page is wide."""
    return f'<div class="pictures">{"".join(contents)}</div>'
