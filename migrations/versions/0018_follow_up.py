"""Follow low scores up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servq.db import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STATUS = sa.Enum(
    "open",
    "in_progress",
    "resolved",
    "dropped",
    name="followupstatus",
    native_enum=False,
    create_constraint=True,
    length=20,
)


def upgrade() -> None:
    op.create_table(
        "follow_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.LargeBinary(), nullable=True),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("score", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("at_most", sa.Double(), nullable=False),
        sa.Column("site", sa.String(length=100), nullable=False),
        sa.Column("touchpoint", sa.String(length=100), nullable=False),
        sa.Column("status", STATUS, nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_follow_up_survey_id_survey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_follow_up_response_id_response"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["account.id"], name=op.f("fk_follow_up_owner_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
        sa.UniqueConstraint("response_id", "score", name=op.f("uq_follow_up_response_id_score")),
    )
    op.create_index(op.f("ix_follow_up_status_follow_up_due_on"), "follow_up", ["status", "due_on"], unique=False)
    for column in ("survey_id", "site", "owner_id"):
        op.create_index(op.f(f"ix_follow_up_{column}"), "follow_up", [column], unique=False)
    op.create_table(
        "follow_up_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("follow_up_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("status", STATUS, nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["follow_up_id"],
            ["follow_up.id"],
            name=op.f("fk_follow_up_note_follow_up_id_follow_up"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_follow_up_note_account_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["account.id"], name=op.f("fk_follow_up_note_owner_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up_note")),
    )
    for column in ("follow_up_id", "account_id", "owner_id"):
        op.create_index(op.f(f"ix_follow_up_note_{column}"), "follow_up_note", [column], unique=False)
    op.create_table(
        "follow_up_plan",
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_follow_up_plan_survey_id_survey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["account.id"], name=op.f("fk_follow_up_plan_owner_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_follow_up_plan")),
    )
    op.create_index(op.f("ix_follow_up_plan_owner_id"), "follow_up_plan", ["owner_id"], unique=False)


def downgrade() -> None:
    op.drop_table("follow_up_plan")
    op.drop_table("follow_up_note")
    op.drop_table("follow_up")
