"""Plan messages to be sent and remember what became of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servq.db import JsonValue, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    channel = sa.Enum(
        *("personal_link", "open_link", "kiosk", "in_app", "email"),
        name="channel",
        native_enum=False,
        create_constraint=True,
        length=20,
    )
    with op.batch_alter_table("invitation") as invitation:
        # Every link made so far was handed out by its maker.
        invitation.add_column(sa.Column("channel", channel, nullable=False, server_default="personal_link"))
        invitation.add_column(sa.Column("opened_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("invitation") as invitation:
        invitation.alter_column("channel", server_default=None)
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                *("invitation", "reminder", "thank_you", "alert"),
                name="messagekind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("values", JsonValue, nullable=False),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                *("planned", "sending", "sent", "unknown", "failed", "cancelled", "bounced"),
                name="messagestatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("n_bounces", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=40), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_message_invitation_id_invitation"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_message_survey_id_survey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("invitation_id", "kind", "number", name=op.f("uq_message_invitation_id_kind_number")),
        sa.UniqueConstraint("message_id", name=op.f("uq_message_message_id")),
    )
    op.create_index(op.f("ix_message_address"), "message", ["address"], unique=False)
    op.create_index(op.f("ix_message_survey_id"), "message", ["survey_id"], unique=False)
    op.create_index(op.f("ix_message_status_message_due_at"), "message", ["status", "due_at"], unique=False)
    op.create_table(
        "mail_text",
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("html", sa.String(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_mail_text_survey_id_survey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("survey_id", "kind", "locale", name=op.f("pk_mail_text")),
    )
    op.create_table(
        "mail_plan",
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("reminder_days", JsonValue, nullable=False),
        sa.Column("thank_you", sa.Boolean(), nullable=False),
        sa.Column("alert_addresses", JsonValue, nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_mail_plan_survey_id_survey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_mail_plan")),
    )


def downgrade() -> None:
    op.drop_table("mail_plan")
    op.drop_table("mail_text")
    op.drop_index(op.f("ix_message_status_message_due_at"), table_name="message")
    op.drop_index(op.f("ix_message_survey_id"), table_name="message")
    op.drop_index(op.f("ix_message_address"), table_name="message")
    op.drop_table("message")
    with op.batch_alter_table("invitation") as invitation:
        invitation.drop_column("opened_at")
        invitation.drop_constraint("channel", type_="check")
        invitation.drop_column("channel")
