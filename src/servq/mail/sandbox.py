"""What the templates of a survey may do: say names, choose by conditions, list attributes, and nothing else.

Whoever may write a text must neither read what the server knows nor keep it busy. Jinja2's sandbox closes the way to
the insides of objects; the parts of its language that can be let grow without end (assignments, macros, products,
nested loops) are left out here, and sentences of the catalogue are filled in by plain names alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from string import Formatter

from jinja2 import BaseLoader, Environment, StrictUndefined, Template, nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from servq.translation import Translator

_ALLOWED: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.Tuple, nodes.List),
    *(nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.If, nodes.For, nodes.CondExpr, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Compare, nodes.Operand, nodes.Filter, nodes.Test, nodes.Call, nodes.Keyword),
    *(nodes.Concat, nodes.Add, nodes.Sub, nodes.Div, nodes.FloorDiv, nodes.Neg, nodes.Pos),
)

_SPELLED = {
    nodes.Assign: "set",
    nodes.AssignBlock: "set",
    nodes.Mul: "*",
    nodes.Pow: "**",
    nodes.Mod: "%",
    nodes.FromImport: "import",
}

FILTERS = frozenset(
    {"abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float", "int", "items", "last"}
    | {"length", "lower", "round", "safe", "striptags", "title", "trim", "truncate", "upper"}
)
"""Filters that make nothing longer than what they are given."""

_TRANSLATE = "_"


@lru_cache(maxsize=512)
def own_template(source: str, *, html: bool) -> Template:
    """Return a survey's own template; raises `TemplateSyntaxError` for what a text has no need of."""
    environment = _sandbox(html=html)
    try:
        for node in environment.parse(source).iter_child_nodes():
            _check(node, in_loop=False)
        return environment.from_string(source)
    except RecursionError as error:
        raise TemplateSyntaxError("Its parts are nested too deeply.", 1) from error


def sentences(translator: Translator) -> Callable[..., str]:
    """Return what fills in a sentence of the catalogue by names, and looks into none of their values."""

    def say(template: str, /, **params: object) -> str:
        for _, field, spec, conversion in Formatter().parse(template):
            if field is not None and (not field.isidentifier() or spec or conversion):
                raise ValueError(f"“{{{field}}}” is no plain name in a sentence.")
        return translator(template, **params)

    return say


def _check(node: nodes.Node, *, in_loop: bool) -> None:
    """Raise `TemplateSyntaxError` at the first part that a text has no need of."""
    if not isinstance(node, _ALLOWED):
        name = _SPELLED.get(type(node), type(node).__name__.lower())
        raise TemplateSyntaxError(f"“{name}” is not for the texts of mails.", node.lineno)
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        known = ", ".join(sorted(FILTERS))
        raise TemplateSyntaxError(f"The filter “{node.name}” is not for the texts of mails; use {known}.", node.lineno)
    if isinstance(node, nodes.Call) and not _is_sentence(node):
        raise TemplateSyntaxError('Nothing is called here but _("…").', node.lineno)
    if isinstance(node, nodes.Tuple | nodes.List) and not all(map(_is_plain, node.items)):
        # Lists written as text, listed again, would double with each round.
        raise TemplateSyntaxError("A list holds only words and numbers.", node.lineno)
    if isinstance(node, nodes.For):
        if in_loop or node.recursive or any(node.iter.find(kind) for kind in (nodes.Const, nodes.Concat, nodes.Add)):
            raise TemplateSyntaxError("A loop runs over the attributes, and has no other in it.", node.lineno)
        in_loop = True
    for child in node.iter_child_nodes():
        _check(child, in_loop=in_loop)


def _is_sentence(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name == _TRANSLATE and len(call.args) == 1


def _is_plain(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) or (isinstance(node, nodes.Name) and node.ctx == "store")


@cache
def _sandbox(*, html: bool) -> Environment:
    environment = ImmutableSandboxedEnvironment(loader=BaseLoader(), undefined=StrictUndefined, autoescape=html)
    environment.globals.clear()  # no lipsum() or cycler(): a text needs none
    return environment
