"""Exported answers described as DDI-Codebook 2.5, the format of data archives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from servq.answerfiles.codebook import MISSING_LABELS, Variable
from servq.answerfiles.gathering import Gathered
from servq.instruments import revision_of
from servq.version import __version__

NAMESPACE = "ddi:codebook:2_5"
SCHEMA = "ddi:codebook:2_5 https://www.ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"


def render_ddi(
    answers: Gathered, *, title: str, made_at: datetime, file_name: str = "", locale: str | None = None
) -> bytes:
    """Describe exported answers: the study, the file, and every variable with its question, values and counts.

    Parameters
    ----------
    title
        Title of the study.
    made_at
        When the data were exported.
    file_name
        Name of the data file that is described.
    locale
        Language of questions and labels; the instrument's default when None.
    """
    language = answers.instrument.texts_in(locale).locale
    variables = answers.variables
    root = Element(
        "codeBook",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": SCHEMA,
            "version": "2.5",
            "xml:lang": language,
        },
    )
    _document(root, title, made_at)
    _study(root, answers, title)
    _file(root, answers, file_name, len(variables))
    described = SubElement(root, "dataDscr")
    _groups(described, variables)
    for number, variable in enumerate(variables, start=1):
        _variable(described, number, variable, answers.counts.get(variable.name, {}))
    indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode").encode() + b"\n"


def _document(root: Element, title: str, made_at: datetime) -> None:
    citation = SubElement(SubElement(root, "docDscr"), "citation")
    _text(SubElement(citation, "titlStmt"), "titl", f"Codebook: {title}")
    made = SubElement(citation, "prodStmt")
    date = _text(made, "prodDate", made_at.date().isoformat())
    date.set("date", made_at.date().isoformat())
    _text(made, "software", "servq").set("version", __version__)


def _study(root: Element, answers: Gathered, title: str) -> None:
    study = SubElement(root, "stdyDscr")
    statement = SubElement(SubElement(study, "citation"), "titlStmt")
    _text(statement, "titl", title)
    definition = answers.instrument.definition
    collected = SubElement(SubElement(study, "method"), "dataColl")
    _text(collected, "resInstru", f"{definition.title}, version {definition.version} ({definition.id})")
    _text(collected, "instrumentDevelopment", f"Revision {revision_of(answers.instrument)}")
    _text(SubElement(SubElement(study, "dataAccs"), "useStmt"), "conditions", definition.rights.note)
    related = SubElement(study, "othrStdyMat")
    for citation in definition.citation:
        told = f"{citation.authors} ({citation.year}). {citation.title}. {citation.source}."
        _text(related, "othRefs", told)


def _file(root: Element, answers: Gathered, file_name: str, n_variables: int) -> None:
    described = SubElement(root, "fileDscr", {"ID": "F1"})
    text = SubElement(described, "fileTxt")
    _text(text, "fileName", file_name or answers.source)
    dimensions = SubElement(text, "dimensns")
    _text(dimensions, "caseQnty", str(answers.n_rows))
    _text(dimensions, "varQnty", str(n_variables))


def _groups(described: Element, variables: Sequence[Variable]) -> None:
    """Dimensions of the instrument as groups of variables, battery by battery."""
    groups: dict[tuple[str, str], list[str]] = {}
    for number, variable in enumerate(variables, start=1):
        if variable.dimension:
            groups.setdefault((variable.group, variable.dimension), []).append(f"V{number}")
    for number, ((battery, dimension), members) in enumerate(groups.items(), start=1):
        attributes = {"ID": f"VG{number}", "type": "subject", "var": " ".join(members)}
        group = SubElement(described, "varGrp", attributes)
        _text(group, "labl", f"{battery}: {dimension}")


def _variable(described: Element, number: int, variable: Variable, n_of: Mapping[int, int]) -> None:
    kind = {"intrvl": "discrete"} if variable.is_answer else {}
    element = SubElement(described, "var", {"ID": f"V{number}", "name": _plain(variable.name), "files": "F1", **kind})
    _text(element, "labl", variable.label)
    if not variable.is_answer:
        SubElement(element, "varFormat", {"type": "character", "schema": "other"})
        return
    asked = SubElement(element, "qstn")
    _text(asked, "preQTxt", variable.group)
    _text(asked, "qstnLit", variable.label)
    n_missing = sum(n for code, n in n_of.items() if code < 0)
    _text(element, "sumStat", str(sum(n_of.values()) - n_missing)).set("type", "vald")
    _text(element, "sumStat", str(n_missing)).set("type", "invd")
    for code in sorted({*variable.values, *(code for code in n_of if code >= 0)}):
        _category(element, code, variable.values.get(code, ""), n_of.get(code, 0), missing=False)
    for code, label in MISSING_LABELS.items():
        _category(element, code, label, n_of.get(code, 0), missing=True)
    SubElement(element, "varFormat", {"type": "numeric", "schema": "other"})


def _category(element: Element, code: int, label: str, n: int, *, missing: bool) -> None:
    category = SubElement(element, "catgry", {"missing": "Y"} if missing else {})
    _text(category, "catValu", str(code))
    if label:
        _text(category, "labl", label)
    _text(category, "catStat", str(n)).set("type", "freq")


def _text(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = _plain(text)
    return element


def _plain(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(character for character in text if character >= " " or character in "\t\n")
