"""Keep contacts, consent, suppression, the contact policy and its decisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servq.db import JsonValue, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    with op.batch_alter_table("contact") as contact:
        contact.add_column(sa.Column("time_zone", sa.String(length=64), nullable=True))
        contact.add_column(sa.Column("updated_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE contact SET updated_at = created_at, email = nullif(lower(trim(email)), '')")
    # An address now finds one contact: the first that has it keeps it.
    op.execute(
        "UPDATE contact SET email = NULL WHERE email IS NOT NULL AND id NOT IN"
        " (SELECT min(id) FROM contact WHERE email IS NOT NULL GROUP BY email)"
    )
    with op.batch_alter_table("contact") as contact:
        contact.alter_column("updated_at", existing_type=UtcDateTime(), nullable=False)
        contact.create_unique_constraint(op.f("uq_contact_email"), ["email"])
    with op.batch_alter_table("invitation") as invitation:
        invitation.add_column(sa.Column("opted_out_at", UtcDateTime(), nullable=True))
        invitation.create_unique_constraint(op.f("uq_invitation_wave_id_contact_id"), ["wave_id", "contact_id"])
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_consent_contact_id_contact"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_contact_id_consent_at"), "consent", ["contact_id", "at"], unique=False)
    op.create_table(
        "suppression",
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("reason", one_of("suppressionreason", "opt_out", "hard_bounce", "complaint"), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_suppression")),
    )
    op.create_table(
        "lifted_suppression",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("was_reason", one_of("suppressionreason", "opt_out", "hard_bounce", "complaint"), nullable=False),
        sa.Column("was_source", sa.String(length=100), nullable=False),
        sa.Column("was_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("consented_at", UtcDateTime(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lifted_suppression")),
    )
    op.create_index(op.f("ix_lifted_suppression_address"), "lifted_suppression", ["address"], unique=False)
    op.create_table(
        "contact_policy",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rest_days", sa.Integer(), nullable=False),
        sa.Column("most_invitations", sa.Integer(), nullable=False),
        sa.Column("within_days", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=False),
        sa.Column("quiet_until", sa.Time(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("reminders_count", sa.Boolean(), nullable=False),
        sa.Column("needs_consent", sa.Boolean(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_contact_policy_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_policy")),
    )
    op.create_table(
        "survey_reach",
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("sampling_share", sa.Double(), nullable=False),
        sa.Column("quotas", JsonValue, nullable=False),
        sa.Column("channels", JsonValue, nullable=False),
        sa.Column("link_days", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_survey_reach_survey_id_survey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_survey_reach")),
    )
    op.create_table(
        "quota_count",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("attribute", sa.String(length=200), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_quota_count_wave_id_wave"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("wave_id", "attribute", "value", name=op.f("pk_quota_count")),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", one_of("outcome", "invited", "not_invited"), nullable=False),
        sa.Column(
            "reason",
            one_of(
                "reason",
                "closed",
                "channel_off",
                "already_invited",
                "suppressed",
                "no_consent",
                "no_address",
                "not_sampled",
                "resting",
                "too_many",
                "quota_full",
            ),
            nullable=True,
        ),
        sa.Column("source", one_of("decisionsource", "import", "event", "api", "reminder"), nullable=False),
        sa.Column(
            "channel",
            one_of("channel", "personal_link", "open_link", "kiosk", "in_app", "email"),
            nullable=False,
        ),
        sa.Column("site", sa.String(length=100), nullable=True),
        sa.CheckConstraint("(outcome = 'invited') = (reason IS NULL)", name=op.f("ck_decision_reasoned")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_decision_contact_id_contact"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_decision_invitation_id_invitation"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_decision_survey_id_survey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_decision_wave_id_wave"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_contact_id_decision_due_at"), "decision", ["contact_id", "due_at"], unique=False)
    op.create_index(op.f("ix_decision_invitation_id"), "decision", ["invitation_id"], unique=False)
    op.create_index(
        op.f("ix_decision_survey_id_decision_wave_id_decision_outcome"),
        "decision",
        ["survey_id", "wave_id", "outcome"],
        unique=False,
    )
    op.create_index(op.f("ix_decision_wave_id"), "decision", ["wave_id"], unique=False)


def downgrade() -> None:
    op.drop_table("decision")
    op.drop_table("quota_count")
    op.drop_table("survey_reach")
    op.drop_table("contact_policy")
    op.drop_table("lifted_suppression")
    op.drop_table("suppression")
    op.drop_table("consent")
    with op.batch_alter_table("invitation") as invitation:
        invitation.drop_column("opted_out_at")
        invitation.drop_constraint(op.f("uq_invitation_wave_id_contact_id"), type_="unique")
    with op.batch_alter_table("contact") as contact:
        contact.drop_constraint(op.f("uq_contact_email"), type_="unique")
        contact.drop_column("updated_at")
        contact.drop_column("time_zone")
