"""An R script that reads exported answers: factors, labels, missing codes, dimensions and their scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from servq.answerfiles.codebook import MISSING_LABELS, Variable
from servq.answerfiles.exporting import dimensions_of
from servq.answerfiles.gathering import Gathered
from servq.instruments.model import ChoiceBattery, Instrument, RatingBattery
from servq.version import __version__

_READING = """\
answers <- read.csv(file, fileEncoding = "UTF-8-BOM", check.names = FALSE, na.strings = "",
                    colClasses = "character")
names(answers) <- sub("^'(?=[-=+@\\t\\r])", "", names(answers), perl = TRUE)
texts <- setdiff(names(answers), codes)
answers[codes] <- lapply(answers[codes], as.integer)
answers[texts] <- lapply(answers[texts], function(x) {
  x[is.na(x)] <- ""
  sub("^'(?=[-=+@\\t\\r])", "", x, perl = TRUE)
})
"""

_MISSING = """\
# Why an answer is missing, as a factor beside the answers; in the answers themselves it is NA.
reasons <- as.data.frame(lapply(answers[codes], function(x) {
  factor(ifelse(x < 0L, x, NA_integer_), levels = missing_codes, labels = names(missing_codes))
}), check.names = FALSE)
answers[codes] <- lapply(answers[codes], function(x) ifelse(!is.na(x) & x < 0L, NA_integer_, x))
"""

_LABELS = """\
for (name in names(labels)) attr(answers[[name]], "label") <- labels[[name]]
for (name in names(anchors)) attr(answers[[name]], "labels") <- anchors[[name]]
for (name in names(options_of)) {
  answers[[name]] <- factor(answers[[name]], levels = options_of[[name]], labels = names(options_of[[name]]))
}
for (name in attributes_known) answers[[name]] <- factor(answers[[name]])
"""

_SCORES = """\
# Mean of a dimension's items, reverse-keyed items turned round; NA with fewer than the share of items answered.
score <- function(items, range) {
  values <- as.matrix(data.frame(lapply(answers[items], as.numeric), check.names = FALSE))
  turned <- items %in% reversed
  values[, turned] <- sum(range) - values[, turned]
  enough <- rowSums(!is.na(values)) >= ceiling(length(items) * minimum_share)
  ifelse(enough, rowMeans(values, na.rm = TRUE), NA_real_)
}
scores <- as.data.frame(lapply(dimensions, function(each) score(each$items, each$range)), check.names = FALSE)
"""


def render_r_script(answers: Gathered, file_name: str) -> bytes:
    """Write the script for a CSV file with the negative codes of missing answers.

    Parameters
    ----------
    file_name
        Name of the CSV file, in the folder from which R reads.
    """
    variables = answers.variables
    given = [variable for variable in variables if variable.is_answer]
    batteries = answers.instrument.definition.batteries
    rated = [each for each in given if each.column and isinstance(batteries[each.column.battery], RatingBattery)]
    chosen = [each for each in given if each.column and isinstance(batteries[each.column.battery], ChoiceBattery)]
    definition = answers.instrument.definition
    parts = [
        f"# Reads {_comment(file_name)}, {answers.n_rows} responses; made by servq {__version__}.",
        f"# Instrument: {_comment(definition.title)}, version {_comment(definition.version)} ({definition.id}).",
        f"# In R: source({_text(file_name.rpartition('.')[0] + '.R')}); see answers, reasons, dimensions, scores.",
        "",
        f"file <- {_text(file_name)}",
        f"codes <- {_texts(variable.name for variable in given)}",
        f"attributes_known <- {_texts(_attributes(variables))}",
        f"missing_codes <- {_named({label: int(code) for code, label in MISSING_LABELS.items()})}",
        f"reversed <- {_texts(variable.name for variable in variables if variable.is_reversed)}",
        f"minimum_share <- {definition.missing.minimum_share!r}",
        f"labels <- {_list({variable.name: _text(variable.label) for variable in variables})}",
        f"anchors <- {_list({each.name: _named(_by_label(each)) for each in rated if each.values})}",
        f"options_of <- {_list({each.name: _named(_by_label(each)) for each in chosen})}",
        f"dimensions <- {_list(_dimensions(answers.instrument, variables))}",
        "",
        _READING,
        _MISSING,
        _LABELS,
        _SCORES,
    ]
    return "\n".join(parts).encode("ascii")


def _attributes(variables: Iterable[Variable]) -> list[str]:
    return [variable.name for variable in variables if variable.key.startswith("known ")]


def _by_label(variable: Variable) -> dict[str, int]:
    """Code by label; labels that are blank or occur twice are told apart by their code."""
    labels = list(variable.values.values())
    return {
        label if label.strip() and labels.count(label) == 1 else f"{label} ({code})".strip(): code
        for code, label in variable.values.items()
    }


def _dimensions(instrument: Instrument, variables: Iterable[Variable]) -> dict[str, str]:
    """Items and range of each dimension, by battery and dimension."""
    variables = list(variables)
    column_of = {variable.name: variable.column for variable in variables}
    described = {}
    for group, dimensions in dimensions_of(variables).items():
        for dimension, names in dimensions.items():
            column = column_of[names[0]]
            if column is not None:
                scale = instrument.scale_of(column.battery)
                range_ = f"c({scale.low}L, {scale.high}L)"
                described[f"{group}: {dimension}"] = f"list(items = {_texts(names)}, range = {range_})"
    return described


def _texts(texts: Iterable[str]) -> str:
    written = [_text(text) for text in texts]
    return f"c({', '.join(written)})" if written else "character(0)"


def _named(numbers: Mapping[str, int]) -> str:
    return f"c({', '.join(f'{_text(name)} = {number}L' for name, number in numbers.items())})"


def _list(parts: Mapping[str, str]) -> str:
    if not parts:
        return "list()"
    return "list(\n" + ",\n".join(f"  {_text(name)} = {part}" for name, part in parts.items()) + "\n)"


def _text(text: str) -> str:
    """Write a text as R reads it in any encoding: everything beyond ASCII as an escape."""
    return f'"{"".join(map(_sign, text))}"'


def _sign(sign: str) -> str:
    code = ord(sign)
    if sign in '"\\':
        return f"\\{sign}"
    if 32 <= code < 127:
        return sign
    if code == 0:
        return ""  # R has no such character
    return f"\\u{{{code:04x}}}" if code < 0x10000 else f"\\U{{{code:08x}}}"


def _comment(text: str) -> str:
    """Write a text within a comment: on one line, in ASCII."""
    return "".join(sign if 32 <= ord(sign) < 127 else "?" for sign in text)
