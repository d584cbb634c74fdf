"""Take in service events, the rules that start surveys, interviewers' entries and feedback."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servq.db import JsonValue, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CHANNELS = ("personal_link", "open_link", "kiosk", "in_app", "email")
ASSISTED = ("telephone", "counter")
ADMINISTRATIONS = ("self", "phone_interviewer", "counter_interviewer", "feedback_form")


def one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def let_responses_come_by(*channels: str, administered: bool) -> None:
    """Give the responses the columns and checks of how they were collected."""
    if op.get_bind().dialect.name == "sqlite":
        # The table is copied, and checks are not among what is read from the old one: each is named here.
        with op.batch_alter_table("response", recreate="always", table_kwargs={"sqlite_with_rowid": False}) as response:
            response.alter_column("channel", existing_type=sa.String(length=20), type_=one_of("channel", *channels))
            response.alter_column(
                "mode", existing_type=sa.String(length=20), type_=one_of("sittingmode", "one_sitting", "before_after")
            )
            if administered:
                response.add_column(
                    sa.Column(
                        "administration",
                        one_of("administration", *ADMINISTRATIONS),
                        nullable=False,
                        server_default="self",
                    )
                )
            else:
                response.drop_constraint("administration", type_="check")
                response.drop_column("administration")
    else:
        op.drop_constraint(op.f("ck_response_channel"), "response", type_="check")
        op.create_check_constraint(op.f("ck_response_channel"), "response", sa.column("channel").in_(channels))
        if administered:
            op.add_column(
                "response",
                sa.Column(
                    "administration",
                    one_of("administration", *ADMINISTRATIONS),
                    nullable=False,
                    server_default="self",
                ),
            )
        else:
            op.drop_column("response", "administration")


def upgrade() -> None:
    let_responses_come_by(*CHANNELS, *ASSISTED, administered=True)
    op.create_table(
        "interviewer_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("administration", one_of("administration", *ADMINISTRATIONS), nullable=False),
        sa.Column("site", sa.String(length=100), nullable=True),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_interviewer_link_survey_id_survey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interviewer_link")),
        sa.UniqueConstraint("digest", name=op.f("uq_interviewer_link_digest")),
    )
    op.create_index(op.f("ix_interviewer_link_survey_id"), "interviewer_link", ["survey_id"], unique=False)
    op.create_table(
        "feedback_contact",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_feedback_contact_survey_id_survey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_feedback_contact_response_id_response"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_contact")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_feedback_contact_survey_id"), "feedback_contact", ["survey_id"], unique=False)
    op.create_index(op.f("ix_feedback_contact_response_id"), "feedback_contact", ["response_id"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=40), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("touchpoint", sa.String(length=100), nullable=True),
        sa.Column("site", sa.String(length=100), nullable=True),
        sa.Column("agent", sa.String(length=100), nullable=True),
        sa.Column("attributes", JsonValue, nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("handled_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_event_contact_id_contact"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("sender", "idempotency_key", name=op.f("uq_event_sender_idempotency_key")),
    )
    op.create_index(op.f("ix_event_handled_at_event_id"), "event", ["handled_at", "id"], unique=False)
    op.create_index(op.f("ix_event_contact_id_event_occurred_at"), "event", ["contact_id", "occurred_at"], unique=False)
    op.create_table(
        "start_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", one_of("startson", "event", "no_event", "date"), nullable=False),
        sa.Column("event_kind", sa.String(length=60), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("attribute", sa.String(length=100), nullable=True),
        sa.Column("at", sa.Time(), nullable=True),
        sa.Column("yearly", sa.Boolean(), nullable=False),
        sa.Column("touchpoints", JsonValue, nullable=False),
        sa.Column("sites", JsonValue, nullable=False),
        sa.Column("conditions", JsonValue, nullable=False),
        sa.Column("channel", one_of("channel", *CHANNELS, *ASSISTED), nullable=False),
        sa.Column("delay_s", sa.Integer(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("next_check_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_start_rule_survey_id_survey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_start_rule")),
    )
    op.create_index(op.f("ix_start_rule_survey_id"), "start_rule", ["survey_id"], unique=False)
    op.create_table(
        "rule_start",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("attributes", JsonValue, nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_rule_start_contact_id_contact"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["start_rule.id"], name=op.f("fk_rule_start_rule_id_start_rule"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_start")),
        sa.UniqueConstraint(
            "rule_id", "contact_id", "occasion", name=op.f("uq_rule_start_rule_id_contact_id_occasion")
        ),
    )
    op.create_index(op.f("ix_rule_start_decided_at_rule_start_id"), "rule_start", ["decided_at", "id"], unique=False)
    op.create_index(op.f("ix_rule_start_contact_id"), "rule_start", ["contact_id"], unique=False)


def downgrade() -> None:
    op.drop_table("rule_start")
    op.drop_table("start_rule")
    op.drop_table("event")
    op.drop_table("feedback_contact")
    op.drop_table("interviewer_link")
    response = sa.table("response", sa.column("channel"), sa.column("administration"))
    op.execute(response.delete().where(response.c.channel.in_(ASSISTED)))
    let_responses_come_by(*CHANNELS, administered=False)
