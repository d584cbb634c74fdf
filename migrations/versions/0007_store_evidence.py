"""Store evidence beside the answers of assessors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servq.db import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("response_id", sa.LargeBinary(), nullable=False),
        sa.Column("battery", sa.String(length=60), nullable=False),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("n_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("received_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_evidence_response_id_response"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("response_id", "battery", "item", name=op.f("uq_evidence_response_id_battery_item")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("evidence")
