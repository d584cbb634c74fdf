"""Make an instrument from another one and an adaptation file: drop, add, assign, reword, put others beside it.

The result obeys the same rules as any instrument and records what was adapted. Nothing here knows how it is asked
or scored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from servq.errors import InstrumentInvalid, Problem
from servq.instruments.adaptation import AdaptationFile, AdaptedTexts
from servq.instruments.joining import collisions, join, join_texts
from servq.instruments.model import Adaptation, Definition, Instrument, Rights, Texts
from servq.instruments.parts import ids_of_parts, made_explicit
from servq.instruments.placeholders import placeholder_faults
from servq.instruments.pruning import prune, prune_texts
from servq.instruments.rules import ADAPTED_RULES, broken
from servq.instruments.sources import Source, read_content
from servq.instruments.yaml_reading import Document, ValuePath, read_yaml

Load = Callable[[str], Instrument]

NAMED_PARTS = ("dimensions", "items", "comments", "scores", "breakdowns")
"""Lists of the format whose entries have an id."""


def is_adaptation(path: Path) -> bool:
    """Whether a file is an adaptation: YAML with the key ``adapts``."""
    content = read_yaml(path).content
    return isinstance(content, dict) and "adapts" in content


def load_adaptation(path: Path, load: Load) -> Instrument:
    """Load the instrument that an adaptation file describes.

    Parameters
    ----------
    path
        The file.
    load
        Gives a shipped instrument by its id.

    Raises
    ------
    InstrumentInvalid
        The file is broken, names what the instrument does not have, or the result breaks a rule.
    InstrumentUnknown
        It adapts an instrument, or puts one beside it, that is not shipped.
    """
    document = read_yaml(path)
    content, problems = read_content(document, "adaptation", AdaptationFile)
    if content is None:
        raise InstrumentInvalid(problems)
    base = load(content.adapts)
    return adapt_checked(base, [load(other) for other in content.beside], content, document, path)


def adapt_checked(
    base: Instrument, others: Sequence[Instrument], content: AdaptationFile, document: Document, path: Path
) -> Instrument:
    """Apply an adaptation if it fits its instrument.

    Parameters
    ----------
    others
        The instruments that it puts beside.
    document
        The adaptation as plain values, each with its line, by which problems say where they are.
    path
        Where it lies, or would.

    Raises
    ------
    InstrumentInvalid
        It names what the instrument does not have, or the result breaks a rule.
    """
    if problems := list(_misfits(base, others, content, document)):
        raise InstrumentInvalid(problems)
    adapted = adapt(base, others, content)
    if problems := [
        *_half_assigned(base, adapted, content, document),
        *_misplaced_texts(base, others, content, document),
        *broken(ADAPTED_RULES, _source(adapted, path, document)),
    ]:
        raise InstrumentInvalid(problems)
    return adapted


def adapt(base: Instrument, others: Sequence[Instrument], content: AdaptationFile) -> Instrument:
    """Apply an adaptation that fits its instrument; `others` are the instruments beside it."""
    definition = prune(made_explicit(base.definition), content.drop)
    definition = replace(definition, items=definition.items + content.items)
    for other in others:
        definition = join(definition, made_explicit(other.definition))
    items = tuple(replace(item, dimension=content.assign.get(item.id, item.dimension)) for item in definition.items)
    locales = content.locales or base.definition.locales
    definition = replace(
        definition,
        id=content.id,
        version=content.version,
        title=content.title,
        locales=locales,
        rights=_rights(base.definition.rights, content.note),
        scales=definition.scales | content.scales,
        batteries=definition.batteries | content.batteries,
        dimensions=definition.dimensions + content.dimensions,
        items=items,
        comments=definition.comments + content.comments,
        scores=definition.scores + content.scores,
        breakdowns=definition.breakdowns + content.breakdowns,
        adaptation=_record(base, content),
    )
    texts = {locale: _texts(definition, base, others, content.texts.get(locale), locale) for locale in locales}
    return Instrument(definition=definition, texts=texts)


def _misfits(
    base: Instrument, others: Sequence[Instrument], content: AdaptationFile, document: Document
) -> Iterator[Problem]:
    if content.id == base.id or content.id in content.beside:
        message = f'The adaptation has the id "{content.id}" of an instrument that it is made from.'
        yield document.problem(("id",), message, "Give it an id of its own.")
    yield from _unknown_parts(base, content, document)
    yield from _unspoken(base, others, content, document)
    if not (content.scores or prune(made_explicit(base.definition), content.drop).scores):
        message = "Nothing is left that could be scored."
        yield document.problem(("drop",), message, "Drop less, or adapt another instrument.")
    joined = base.definition
    for position, other in enumerate(others):
        if other.id in (base.id, *(earlier.id for earlier in others[:position])):
            yield document.problem(("beside", position), f'"{other.id}" is asked already.', "Name it once.")
            continue
        shared: dict[str, list[str]] = {}
        for part, id_ in collisions(joined, other.definition):
            shared.setdefault(part, []).append(id_)
        for part, ids in shared.items():
            message = f'"{other.id}" cannot stand beside: both have {", ".join(ids)} among their {part}.'
            yield document.problem(("beside", position), message, "Leave it out, or ask it in a survey of its own.")
        joined = join(joined, other.definition)
    yield from _unlabelled(ids_of_parts(joined), content, document)
    yield from _faulty_placeholders((base, *others), content, document)


def _unspoken(
    base: Instrument, others: Sequence[Instrument], content: AdaptationFile, document: Document
) -> Iterator[Problem]:
    """Languages that are asked for and that not every instrument has, and texts in a language that is not kept."""
    kept = content.locales or base.definition.locales
    shared = [locale for locale in base.texts if all(locale in other.texts for other in others)]
    for locale in dict.fromkeys((*kept, *content.texts)):
        lacking = [instrument.id for instrument in (base, *others) if locale not in instrument.texts]
        for instrument in lacking:
            message = f'"{instrument}" has no texts in "{locale}".'
            path = ("texts", locale) if locale in content.texts else ("locales",) if content.locales else ("beside",)
            yield document.problem(path, message, f"Write locales: [{', '.join(shared)}], or some of these.")
        if not lacking and locale not in kept:
            message = f'The language "{locale}" is not kept, so these texts would not be shown.'
            yield document.problem(("texts", locale), message, f"Add {locale} to locales, or delete the texts.")


def _half_assigned(
    base: Instrument, adapted: Instrument, content: AdaptationFile, document: Document
) -> Iterator[Problem]:
    """Items left without a dimension where the structure was open: the scores would pass over them in silence."""
    own = {item.id for item in base.definition.items}
    left = [item.id for item in adapted.definition.items if item.id in own and item.dimension is None]
    if content.assign and left and base.definition.status != "verified":
        message = f"{len(left)} items have no dimension yet, so no score would count them: {', '.join(left)}."
        yield document.problem(("assign",), message, "Assign or drop every one.")


def _misplaced_texts(
    base: Instrument, others: Sequence[Instrument], content: AdaptationFile, document: Document
) -> Iterator[Problem]:
    """Texts of parts that neither the instruments nor the additions have."""
    whole = base.definition
    for other in others:
        whole = join(whole, other.definition)
    known = ids_of_parts(_with_additions(whole, content))
    for locale, texts in content.texts.items():
        for part, ids in known.items():
            for key in getattr(texts, part):
                if key not in ids:
                    near = get_close_matches(key, ids, n=1)
                    fix = f'Did you mean "{near[0]}"?' if near else "Correct the id, or delete the text."
                    path = ("texts", locale, part, key)
                    yield document.problem(path, f'There is no "{key}" among the {part}.', fix)


def _with_additions(definition: Definition, content: AdaptationFile) -> Definition:
    return replace(
        definition,
        scales=definition.scales | content.scales,
        batteries=definition.batteries | content.batteries,
        dimensions=definition.dimensions + content.dimensions,
        items=definition.items + content.items,
        comments=definition.comments + content.comments,
        breakdowns=definition.breakdowns + content.breakdowns,
    )


def _faulty_placeholders(
    instruments: Sequence[Instrument], content: AdaptationFile, document: Document
) -> Iterator[Problem]:
    """Told before anything is pruned, because that reads the placeholders."""
    for locale, texts in content.texts.items():
        spoken = (one.texts[locale] for one in instruments if locale in one.texts)
        defaults = {name for own in spoken for name in own.placeholders} | set(texts.placeholders)
        plain = msgspec.to_builtins(texts, str_keys=True)
        yield from placeholder_faults(_document_of_texts(document, locale, plain), defaults)


def _unknown_parts(base: Instrument, content: AdaptationFile, document: Document) -> Iterator[Problem]:
    known = ids_of_parts(base.definition)
    droppable = {
        "items": [*known["items"], *known["choices"]],
        "batteries": known["batteries"],
        "comments": known["comments"],
        "scores": [score.id for score in base.definition.scores],
    }
    for part, ids in droppable.items():
        for position, dropped in enumerate(getattr(content.drop, part)):
            if dropped not in ids:
                message = f'"{base.id}" has no "{dropped}" among its {part}.'
                yield document.problem(("drop", part, position), message, f"Use one of: {', '.join(ids)}.")
    for item in content.assign:
        if item not in known["items"]:
            message = f'"{base.id}" has no item "{item}" to assign to a dimension.'
            yield document.problem(("assign", item), message, f"Use one of: {', '.join(known['items'])}.")


def _unlabelled(known: dict[str, list[str]], content: AdaptationFile, document: Document) -> Iterator[Problem]:
    """Texts of something new that lack one of their parts; what replaces a text may name a part alone."""
    for locale, texts in content.texts.items():
        for part, needed in (("batteries", ("title", "instruction", "short")), ("dimensions", ("name", "description"))):
            for key, text in getattr(texts, part).items():
                for lacking in (name for name in needed if key not in known[part] and getattr(text, name) is None):
                    message = f'The texts of "{key}" lack "{lacking}".'
                    yield document.problem(("texts", locale, part, key), message, f"Add {lacking}.")


def _texts(
    definition: Definition, base: Instrument, others: Sequence[Instrument], adapted: AdaptedTexts | None, locale: str
) -> Texts:
    plain: dict[str, Any] = msgspec.to_builtins(base.texts[locale])
    for other in others:
        plain = join_texts(plain, msgspec.to_builtins(other.texts[locale]))
    if adapted is not None:
        plain = _overlaid(plain, _given(msgspec.to_builtins(adapted)))
    return msgspec.convert(prune_texts(plain, definition), Texts)


def _overlaid(texts: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    merged = dict(texts)
    for key, value in given.items():
        if key == "items":
            # "*" must win over the battery's own wording that it replaces
            merged[key] = texts[key] | {i: w if "*" in w else texts[key].get(i, {}) | w for i, w in value.items()}
        elif isinstance(value, dict) and isinstance(texts.get(key), dict):
            merged[key] = _overlaid(texts[key], value)
        else:
            merged[key] = value
    return merged


def _given(value: Any) -> Any:
    """Without the parts that an overlay leaves as they are."""
    if isinstance(value, dict):
        return {key: _given(inner) for key, inner in value.items() if inner is not None}
    return value


def _rights(rights: Rights, note: str) -> Rights:
    return replace(rights, note=f"{rights.note} {note}")


def _record(base: Instrument, content: AdaptationFile) -> Adaptation:
    known = ids_of_parts(base.definition)
    return Adaptation(
        of=base.id,
        of_version=base.definition.version,
        dropped=(*content.drop.items, *content.drop.batteries, *content.drop.comments, *content.drop.scores),
        added=(
            *content.batteries,
            *(item.id for item in content.items),
            *(comment.id for comment in content.comments),
            *(score.id for score in content.scores),
        ),
        beside=content.beside,
        reworded=tuple(locale for locale, texts in content.texts.items() if _rewords(known, texts)),
        mapped=bool(content.assign),
    )


def _rewords(known: dict[str, list[str]], texts: AdaptedTexts) -> bool:
    """Whether texts of the instrument itself are replaced, and not only those of additions given."""
    parts = ("scales", "batteries", "dimensions", "items", "choices", "comments")
    return any(key in known[part] for part in parts for key in getattr(texts, part))


def _source(adapted: Instrument, path: Path, document: Document) -> Source:
    """The adapted instrument as the rules read it; what the file does not name is told at its first line."""
    lines: dict[ValuePath, int] = dict(document.lines)
    for part in NAMED_PARTS:
        own = {id_of(entry): place for place, entry in enumerate(_listed(document.content, part))}
        entries = [id_of(entry) for entry in msgspec.to_builtins(getattr(adapted.definition, part))]
        moved = {own[entry]: place for place, entry in enumerate(entries) if entry in own}
        for where in [where for where in lines if where[0:1] == (part,)]:
            line = lines.pop(where)
            if len(where) > 1 and where[1] in moved:
                lines[(part, moved[where[1]], *where[2:])] = line
    documents = {
        locale: _document_of_texts(document, locale, msgspec.to_builtins(texts, str_keys=True))
        for locale, texts in adapted.texts.items()
    }
    content = msgspec.to_builtins(adapted.definition)
    return Source(path.parent, adapted.definition, Document(document.shown, content, lines), adapted.texts, documents)


def _document_of_texts(document: Document, locale: str, texts: dict[str, Any]) -> Document:
    """Texts of one language, as a text file would hold them, with their lines in the adaptation file."""
    lines = {where[2:]: line for where, line in document.lines.items() if where[:2] == ("texts", locale)}
    return Document(document.shown, content=texts, lines=lines)


def _listed(content: object, part: str) -> list[Any]:
    listed = content.get(part) if isinstance(content, dict) else None
    return listed if isinstance(listed, list) else []


def id_of(entry: dict[str, Any]) -> str:
    """Id of an entry of a list of the format."""
    return str(entry["id"])
