"""Style reports and send them on a schedule."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servq.db import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    op.create_table(
        "report_style",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("accent", sa.String(length=7), nullable=True),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("logo_type", sa.String(length=20), nullable=True),
        sa.Column("logo_text", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_report_style_only")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_style")),
    )
    op.create_table(
        "schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("kind", one_of("scheduledkind", "full", "executive", "pulse", "site", "mystery"), nullable=False),
        sa.Column("site", sa.String(length=100), nullable=True),
        sa.Column("rhythm", one_of("rhythm", "weekly", "monthly", "wave"), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("day", sa.Integer(), nullable=True),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("paper", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("next_due_at", UtcDateTime(), nullable=True),
        sa.Column("wave_done", sa.Integer(), nullable=False),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("stopped", one_of("stopreason", "disabled", "site_lost"), nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_schedule_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_schedule_survey_id_survey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
    )
    op.create_index(op.f("ix_schedule_account_id"), "schedule", ["account_id"])
    op.create_index(op.f("ix_schedule_survey_id"), "schedule", ["survey_id"])
    op.create_index(op.f("ix_schedule_next_due_at"), "schedule", ["next_due_at"])


def downgrade() -> None:
    op.drop_table("schedule")
    op.drop_table("report_style")
