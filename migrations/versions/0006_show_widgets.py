"""Show surveys in apps by display rules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servq.db import JsonValue, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "widget",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("origins", JsonValue, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_widget")),
        sa.UniqueConstraint("key", name=op.f("uq_widget_key")),
    )
    op.create_table(
        "display_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("widget_id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("pages", JsonValue, nullable=False),
        sa.Column("conditions", JsonValue, nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("delay_s", sa.Integer(), nullable=False),
        sa.Column("touchpoint", sa.String(length=100), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_display_rule_survey_id_survey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["widget_id"], ["widget.id"], name=op.f("fk_display_rule_widget_id_widget"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_display_rule")),
    )
    op.create_index(op.f("ix_display_rule_survey_id"), "display_rule", ["survey_id"], unique=False)
    op.create_index(op.f("ix_display_rule_widget_id"), "display_rule", ["widget_id"], unique=False)


def downgrade() -> None:
    op.drop_table("display_rule")
    op.drop_table("widget")
