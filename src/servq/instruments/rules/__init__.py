"""What must hold between the parts of an instrument; one rule is one function with one sentence.

A new rule is a function in the module that it concerns and a line in one of the tuples below; the tests demand a
broken instrument for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from servq.errors import Problem
from servq.instruments.rules import asking, definition, folder, registry, scores, texts
from servq.instruments.rules.registry import Registry
from servq.instruments.sources import Source

Rule = Callable[[Source], Iterator[Problem]]
RegistryRule = Callable[[Registry], Iterator[Problem]]

CONTENT_RULES: tuple[Rule, ...] = (
    definition.ids_are_unique,
    definition.numbers_rise,
    definition.items_measure_known_dimensions,
    definition.dimensions_have_items,
    definition.unverified_structure_is_left_open,
    definition.scales_run_upwards,
    definition.scales_are_used,
    definition.batteries_use_known_scales,
    definition.items_are_asked_in_rating_batteries,
    definition.batteries_ask_something,
    definition.points_are_spread_over_dimensions,
    definition.reverse_keys_make_sense,
    asking.choices_have_ids_of_their_own,
    asking.choices_offer_options,
    asking.distinct_choices_can_differ,
    asking.pages_group_neighbours,
    asking.conditions_name_answers,
    asking.conditions_look_back,
    asking.conditions_can_hold_together,
    asking.evidence_is_asked_of_assessors,
    asking.adaptation_is_written_by_servq,
    scores.scores_refer_to_known_parts,
    scores.scored_items_are_asked,
    scores.compared_batteries_are_alike,
    scores.importance_is_asked_of_the_same_items,
    scores.kano_pairs_have_five_answers,
    scores.paths_lead_forward,
    scores.gap_ratings_have_one_item_a_dimension,
    scores.antecedents_say_of_which_gap,
    scores.weights_count_in_a_checklist,
    scores.breakdowns_form_groups,
    scores.net_promoter_runs_from_0_to_10,
    scores.boxes_leave_points_over,
    definition.column_templates_are_valid,
    definition.columns_have_unique_names,
    texts.locales_have_files,
    texts.text_files_are_listed,
    texts.text_files_name_their_locale,
    texts.texts_cover_every_part,
    texts.texts_name_known_parts,
    texts.items_are_worded_for_their_batteries,
    texts.wordings_differ,
    texts.choices_are_labelled,
    texts.groups_are_named,
    texts.anchors_fit_the_points,
    texts.not_applicable_is_labelled,
    texts.placeholders_have_defaults,
    texts.placeholders_are_used,
    texts.locales_share_placeholders,
    texts.points_instructions_name_the_total,
    texts.texts_are_printable,
)
"""What an instrument needs to be asked and scored; checked whenever one is loaded."""

ADAPTED_RULES: tuple[Rule, ...] = tuple(
    rule for rule in CONTENT_RULES if rule is not asking.adaptation_is_written_by_servq
)
"""What an adapted instrument must obey like any other."""

FOLDER_RULES: tuple[Rule, ...] = (
    folder.folder_is_named_after_the_id,
    folder.source_note_is_filled,
    folder.source_note_names_the_publication,
    folder.folder_has_no_stray_files,
)
"""What keeps a registry clean; checked on request."""

REGISTRY_RULES: tuple[RegistryRule, ...] = (
    registry.ids_are_unique_in_registry,
    registry.titles_are_unique_in_registry,
    registry.renamings_are_pairs_of_ids,
    registry.renamings_lead_to_instruments,
    registry.registry_has_no_stray_files,
)
"""What must hold across instruments."""


def broken(rules: tuple[Rule, ...], source: Source) -> list[Problem]:
    """Everything in an instrument that breaks one of the rules."""
    return [problem for rule in rules for problem in rule(source)]
