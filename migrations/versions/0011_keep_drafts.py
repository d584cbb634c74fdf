"""Keep drafts of instruments, what was changed in them, and what was published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servq.db import JsonValue, UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Surveys and reports name a published version by its revision, so its content stays as it is.
_GUARDED = "BEFORE UPDATE OF instrument_id, version, revision, content ON published_instrument"
_SQLITE_GUARD = (
    f"CREATE TRIGGER published_instrument_kept {_GUARDED}"
    " BEGIN SELECT RAISE(ABORT, 'published instruments are never changed'); END"
)
_POSTGRES_FUNCTION = (
    "CREATE FUNCTION published_instrument_refuse() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'published instruments are never changed'; END $$"
)
_POSTGRES_GUARD = (
    f"CREATE TRIGGER published_instrument_kept {_GUARDED} FOR EACH ROW EXECUTE FUNCTION published_instrument_refuse()"
)


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("origin", sa.LargeBinary(), nullable=True),
        sa.Column("notes", JsonValue, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["account.id"], name=op.f("fk_draft_changed_by_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("instrument_id", name=op.f("uq_draft_instrument_id")),
    )
    op.create_table(
        "draft_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("after", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["draft.id"], name=op.f("fk_draft_change_draft_id_draft"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_draft_change_account_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_change")),
    )
    op.create_index(
        op.f("ix_draft_change_draft_id_draft_change_number"), "draft_change", ["draft_id", "number"], unique=False
    )
    op.create_table(
        "draft_conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("base", sa.LargeBinary(), nullable=True),
        sa.Column("mine", sa.LargeBinary(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["draft.id"], name=op.f("fk_draft_conflict_draft_id_draft"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_draft_conflict_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_conflict")),
        sa.UniqueConstraint("draft_id", "account_id", "path", name=op.f("uq_draft_conflict_draft_id_account_id_path")),
    )
    op.create_table(
        "published_instrument",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.Column("instrument_id", sa.String(length=60), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("revision", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["draft.id"], name=op.f("fk_published_instrument_draft_id_draft"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["published_by"],
            ["account.id"],
            name=op.f("fk_published_instrument_published_by_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_instrument")),
        sa.UniqueConstraint("instrument_id", "version", name=op.f("uq_published_instrument_instrument_id_version")),
    )
    op.create_index(op.f("ix_published_instrument_draft_id"), "published_instrument", ["draft_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POSTGRES_FUNCTION)
        op.execute(_POSTGRES_GUARD)
    else:
        op.execute(_SQLITE_GUARD)


def downgrade() -> None:
    op.drop_table("published_instrument")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION published_instrument_refuse()")
    op.drop_table("draft_conflict")
    op.drop_table("draft_change")
    op.drop_table("draft")
