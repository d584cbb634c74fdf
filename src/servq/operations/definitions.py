"""What each service metric is: the table that the command, the API, the findings and the documents share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from servq.analysis.operations_findings import Direction, Timing
from servq.messages import Message


@dataclass(frozen=True, kw_only=True)
class MetricDefinition:
    """One service metric.

    Parameters
    ----------
    counted
        Which contacts count, and what is done with the others.
    columns
        Columns without which there is no such metric.
    say
        The sentence for a value.
    of_flow
        Whether it counts what happened in the window, also to contacts opened before it.
    """

    id: str
    name: Message
    definition: Message
    counted: Message
    unit: Message
    better: Direction
    timing: Timing
    columns: tuple[str, ...]
    say: Callable[[float], Message]
    of_flow: bool = False


SHARE = Message("share")
RATIO = Message("ratio")

DEFINITIONS = (
    MetricDefinition(
        id="first_contact_resolution",
        name=Message("First contact resolution"),
        definition=Message(
            "Share of the contacts that were resolved at once: with one reply at most, never passed on."
        ),
        counted=Message(
            "Resolved contacts, and open ones that already needed a second reply or were passed on. Left out: other"
            " open ones, which are undecided, abandoned ones, and those without a number of replies."
        ),
        unit=SHARE,
        better="high",
        timing="lagging",
        columns=("resolved_at", "replies"),
        say=lambda value: Message("{value:.1%} of the contacts were resolved at once.", value=value),
    ),
    MetricDefinition(
        id="first_contact_resolution_ratio",
        name=Message("First contact resolution, ratio"),
        definition=Message("Contacts resolved at once for each contact that needed more."),
        counted=Message("The same contacts as first contact resolution."),
        unit=RATIO,
        better="high",
        timing="lagging",
        columns=("resolved_at", "replies"),
        say=lambda value: Message("For each contact that needed more, {value:.2f} were resolved at once.", value=value),
    ),
    MetricDefinition(
        id="first_response_time",
        name=Message("First response time"),
        definition=Message("Minutes from opening to the first reply by a person, on average."),
        counted=Message(
            "Contacts with a first reply. The median also counts open ones without a reply, for as long as they have"
            " waited. Left out: abandoned ones, and those resolved without a reply."
        ),
        unit=Message("minutes"),
        better="low",
        timing="leading",
        columns=("first_reply_at",),
        say=lambda value: Message("The first reply comes after {value:.1f} minutes on average.", value=value),
    ),
    MetricDefinition(
        id="response_time",
        name=Message("Response time"),
        definition=Message("Minutes that customers wait for a reply, averaged over all replies."),
        counted=Message(
            "Contacts with replies whose waiting minutes are known; where a contact had a single reply, its first"
            " response time stands in. Left out: abandoned contacts."
        ),
        unit=Message("minutes"),
        better="low",
        timing="leading",
        columns=("replies",),
        say=lambda value: Message("Customers wait {value:.1f} minutes for a reply on average.", value=value),
    ),
    MetricDefinition(
        id="replies_per_contact",
        name=Message("Replies per ticket"),
        definition=Message("Replies that it took until a contact was resolved, on average."),
        counted=Message("Resolved contacts whose number of replies is known; open ones may still need more."),
        unit=Message("replies"),
        better="low",
        timing="lagging",
        columns=("resolved_at", "replies"),
        say=lambda value: Message("It takes {value:.2f} replies on average until a contact is resolved.", value=value),
    ),
    MetricDefinition(
        id="backlog_inflow",
        name=Message("Backlog inflow"),
        definition=Message("Contacts opened per calendar period."),
        counted=Message("Every contact opened in the window. Left out: abandoned ones."),
        unit=Message("contacts per period"),
        better="low",
        timing="leading",
        columns=("opened_at",),
        say=lambda value: Message("{value:,.1f} contacts are opened in a period.", value=value),
        of_flow=True,
    ),
    MetricDefinition(
        id="backlog_outflow",
        name=Message("Backlog outflow"),
        definition=Message("Contacts resolved per calendar period."),
        counted=Message("Every contact resolved in the window, whenever it was opened. Left out: abandoned ones."),
        unit=Message("contacts per period"),
        better="high",
        timing="leading",
        columns=("resolved_at",),
        say=lambda value: Message("{value:,.1f} contacts are resolved in a period.", value=value),
        of_flow=True,
    ),
    MetricDefinition(
        id="backlog_flow_ratio",
        name=Message("Backlog inflow : outflow"),
        definition=Message("Contacts opened for each contact resolved; above 1 the backlog grows."),
        counted=Message("Every contact opened or resolved in the window. Left out: abandoned ones."),
        unit=RATIO,
        better="low",
        timing="leading",
        columns=("resolved_at",),
        say=lambda value: Message("For each contact resolved, {value:.2f} were opened.", value=value),
        of_flow=True,
    ),
    MetricDefinition(
        id="customer_success",
        name=Message("Customer success"),
        definition=Message("Share of the contacts in which the customer found what was sought."),
        counted=Message("Contacts of which this is known, open and abandoned ones too."),
        unit=SHARE,
        better="high",
        timing="lagging",
        columns=("found_sought",),
        say=lambda value: Message("In {value:.1%} of the contacts the customer found what was sought.", value=value),
    ),
    MetricDefinition(
        id="handovers_per_contact",
        name=Message("Handovers per issue"),
        definition=Message("How often a contact is passed on to somebody else, on average."),
        counted=Message(
            "Contacts whose number of handovers is known; open ones may be passed on again. Left out: abandoned ones."
        ),
        unit=Message("handovers"),
        better="low",
        timing="leading",
        columns=("handovers",),
        say=lambda value: Message("A contact is passed on {value:.2f} times on average.", value=value),
    ),
    MetricDefinition(
        id="things_gone_wrong",
        name=Message("Things gone wrong"),
        definition=Message("Failures noted per 100 contacts."),
        counted=Message("Contacts whose number of failures is known, 0 included."),
        unit=Message("failures per 100 contacts"),
        better="low",
        timing="lagging",
        columns=("failures",),
        say=lambda value: Message("In 100 contacts {value:.1f} things go wrong.", value=value),
    ),
    MetricDefinition(
        id="instant_service_ratio",
        name=Message("Instant service : queueing"),
        definition=Message("Customers served at once for each one who had to queue."),
        counted=Message("Contacts whose time in the queue is known; who left the queue had to queue."),
        unit=RATIO,
        better="high",
        timing="leading",
        columns=("queue_seconds",),
        say=lambda value: Message("For each customer who had to queue, {value:.2f} were served at once.", value=value),
    ),
    MetricDefinition(
        id="queueing_time",
        name=Message("Average queueing time"),
        definition=Message(
            "Seconds in the queue until being served, on average; being served at once counts as its seconds."
        ),
        counted=Message(
            "Served contacts whose time in the queue is known. Left out: abandoned ones, whose waits were cut short."
        ),
        unit=Message("seconds"),
        better="low",
        timing="leading",
        columns=("queue_seconds",),
        say=lambda value: Message("Customers who were served had queued {value:.0f} seconds on average.", value=value),
    ),
    MetricDefinition(
        id="queue_hang_ups",
        name=Message("Queueing hang-ups"),
        definition=Message("Share of the queueing customers who left before being served."),
        counted=Message(
            "Contacts that had to queue, or whose time in the queue is unknown, and of which it is known whether the"
            " customer left. Left out: customers served at once."
        ),
        unit=SHARE,
        better="low",
        timing="leading",
        columns=("abandoned",),
        say=lambda value: Message("{value:.1%} of the queueing customers left before being served.", value=value),
    ),
    MetricDefinition(
        id="resolution_time",
        name=Message("Problem resolution time"),
        definition=Message("Hours from opening to resolution, on average."),
        counted=Message(
            "Resolved contacts; the mean is too low while long cases are still open. The median also counts open"
            " contacts, for as long as they have waited. Left out: abandoned ones."
        ),
        unit=Message("hours"),
        better="low",
        timing="lagging",
        columns=("resolved_at",),
        say=lambda value: Message("Resolved contacts took {value:.1f} hours on average.", value=value),
    ),
    MetricDefinition(
        id="minutes_per_call",
        name=Message("Minutes per call"),
        definition=Message(
            "Minutes spent talking, on average. Short is good only when the matter is settled: read it beside first"
            " contact resolution."
        ),
        counted=Message("Contacts with talk minutes above 0. Left out: abandoned ones."),
        unit=Message("minutes"),
        better="low",
        timing="lagging",
        columns=("talk_minutes",),
        say=lambda value: Message("A call takes {value:.1f} minutes on average.", value=value),
    ),
)
BY_ID = {definition.id: definition for definition in DEFINITIONS}
