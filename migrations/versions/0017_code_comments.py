"""Code and release comments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servq.db import JsonValue, UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comment_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("dimension", sa.String(length=60), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_comment_code_survey_id_survey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_code")),
        sa.UniqueConstraint("survey_id", "label", name=op.f("uq_comment_code_survey_id_label")),
    )
    op.create_table(
        "comment_coding",
        sa.Column("response_id", sa.LargeBinary(), nullable=False),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("codes", JsonValue, nullable=False),
        sa.Column("text_digest", sa.LargeBinary(), nullable=False),
        sa.Column("coded_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_comment_coding_response_id_response"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_comment_coding_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "question", "account_id", name=op.f("pk_comment_coding")),
    )
    op.create_index(op.f("ix_comment_coding_account_id"), "comment_coding", ["account_id"], unique=False)
    op.create_table(
        "comment_release",
        sa.Column("response_id", sa.LargeBinary(), nullable=False),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("hidden", JsonValue, nullable=False),
        sa.Column("text_digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("released_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_comment_release_response_id_response"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_comment_release_account_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("response_id", "question", name=op.f("pk_comment_release")),
    )
    op.create_index(op.f("ix_comment_release_account_id"), "comment_release", ["account_id"], unique=False)


def downgrade() -> None:
    op.drop_table("comment_release")
    op.drop_table("comment_coding")
    op.drop_table("comment_code")
