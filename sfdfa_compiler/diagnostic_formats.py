"""Diagnostics for machines: JSON for editors, SARIF 2.1.0 for continuous integration."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sfdfa_compiler import explain
from sfdfa_compiler.diagnostics import Diagnostic, Edit, Help, Label, Level, Span
from sfdfa_compiler.version import __version__

JSON_SCHEMA = 1  # counts incompatible changes of the JSON form
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

Json = dict[str, Any]


def to_json(diagnostics: Sequence[Diagnostic]) -> str:
    """All messages as one JSON object; lines and columns count from 1, ends are exclusive."""
    found = {
        "schema": JSON_SCHEMA,
        "errors": sum(diagnostic.level is Level.ERROR for diagnostic in diagnostics),
        "warnings": sum(diagnostic.level is Level.WARNING for diagnostic in diagnostics),
        "diagnostics": [_json_diagnostic(diagnostic) for diagnostic in diagnostics],
    }
    return json.dumps(found, indent=2) + "\n"


def to_sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """All messages as a SARIF log with one run; the rules are the codes that occur."""
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    driver = {
        "name": "sfdfac",
        "version": __version__,
        "rules": [_sarif_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [
            _sarif_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in diagnostics
        ],
    }
    log = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


# ---------------------------------------------------------------- JSON


def _json_diagnostic(diagnostic: Diagnostic) -> Json:
    return {
        "code": diagnostic.code,
        "level": str(diagnostic.level),
        "message": diagnostic.message,
        "place": _json_place(diagnostic.primary),
        "label": diagnostic.label,
        "related": [
            {"place": _json_place(label.span), "text": label.text} for label in diagnostic.related
        ],
        "notes": list(diagnostic.notes),
        "helps": [
            {"text": help_.text, "edits": [_json_edit(edit) for edit in help_.edits]}
            for help_ in diagnostic.helps
        ],
    }


def _json_edit(edit: Edit) -> Json:
    return {"place": _json_place(edit.span), "replacement": edit.replacement}


def _json_place(span: Span) -> Json:
    """A place in a text, or only the name of a file that is not shown line by line."""
    if span.source.text is None:
        return {"file": span.source.name}
    return {
        "file": span.source.name,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


# ---------------------------------------------------------------- SARIF


def _sarif_rule(code: str) -> Json:
    rule: Json = {"id": code}
    page = explain.page(code)
    if page:
        rule["shortDescription"] = {"text": explain.title(code)}
        rule["help"] = {"text": page, "markdown": page}
    return rule


def _sarif_result(diagnostic: Diagnostic, rule: int) -> Json:
    result: Json = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": str(diagnostic.level),
        "message": {"text": _sentences(diagnostic)},
        "locations": [_sarif_location(diagnostic.primary)],
    }
    if diagnostic.related:
        result["relatedLocations"] = [
            _sarif_related(index, label) for index, label in enumerate(diagnostic.related)
        ]
    fixes = [_sarif_fix(help_) for help_ in diagnostic.helps if help_.edits]
    if fixes:
        result["fixes"] = fixes
    return result


def _sentences(diagnostic: Diagnostic) -> str:
    """Message, label, notes and helps: what a viewer shows beside the line."""
    head = f"{diagnostic.message} ({diagnostic.label})" if diagnostic.label else diagnostic.message
    return "\n".join([head, *diagnostic.notes, *(help_.text for help_ in diagnostic.helps)])


def _sarif_location(span: Span) -> Json:
    place: Json = {"artifactLocation": {"uri": _uri(span.source.name)}}
    if span.source.text is not None:
        place["region"] = _sarif_region(span)
    return {"physicalLocation": place}


def _sarif_related(index: int, label: Label) -> Json:
    return {"id": index, **_sarif_location(label.span), "message": {"text": label.text}}


def _sarif_fix(help_: Help) -> Json:
    """The edits of a help, by file."""
    sources = dict.fromkeys(edit.span.source for edit in help_.edits)
    changes = [
        {
            "artifactLocation": {"uri": _uri(source.name)},
            "replacements": _replacements(
                edit for edit in help_.edits if edit.span.source == source
            ),
        }
        for source in sources
    ]
    return {"description": {"text": help_.text}, "artifactChanges": changes}


def _replacements(edits: Iterable[Edit]) -> list[Json]:
    return [
        {
            "deletedRegion": _sarif_region(edit.span),
            "insertedContent": {"text": edit.replacement},
        }
        for edit in edits
    ]


def _sarif_region(span: Span) -> Json:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _uri(name: str) -> str:
    """The URI of a file: absolute for an absolute path, else relative to where sfdfac ran."""
    path = Path(name)
    return path.as_uri() if path.is_absolute() else quote(name, errors="replace")
