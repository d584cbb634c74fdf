"""Store service contacts for the service metrics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servq.db import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_contact",
        sa.Column("contact_id", sa.String(length=100), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("first_reply_at", UtcDateTime(), nullable=True),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("replies", sa.Integer(), nullable=True),
        sa.Column("response_minutes", sa.Double(), nullable=True),
        sa.Column("handovers", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=100), nullable=True),
        sa.Column("queue_seconds", sa.Double(), nullable=True),
        sa.Column("abandoned", sa.Boolean(), nullable=True),
        sa.Column("found_sought", sa.Boolean(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=True),
        sa.Column("talk_minutes", sa.Double(), nullable=True),
        sa.Column("site", sa.String(length=100), nullable=True),
        sa.Column("team", sa.String(length=100), nullable=True),
        sa.Column("agent", sa.String(length=100), nullable=True),
        sa.Column("product", sa.String(length=100), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_service_contact")),
    )
    op.create_index(op.f("ix_service_contact_opened_at"), "service_contact", ["opened_at"], unique=False)


def downgrade() -> None:
    op.drop_table("service_contact")
