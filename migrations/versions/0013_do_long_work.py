"""Do long work with progress, import answers, and leave responses out of results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servq.db import JsonValue, UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CHANNELS = ("personal_link", "open_link", "kiosk", "in_app", "email", "telephone", "counter")
ADMINISTRATIONS = ("self", "phone_interviewer", "counter_interviewer", "feedback_form")


def one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def let_responses_be_imported(*, imported: bool) -> None:
    """Give the responses the import that they came with, and the channel that says so."""
    channels = (*CHANNELS, "imported") if imported else CHANNELS
    column = sa.Column("import_id", sa.Integer(), nullable=True)
    key = op.f("fk_response_import_id_answer_import")
    if op.get_bind().dialect.name == "sqlite":
        # The table is copied, and checks are not among what is read from the old one: each is named here.
        with op.batch_alter_table("response", recreate="always", table_kwargs={"sqlite_with_rowid": False}) as response:
            kept = {"channel": ("channel", channels), "mode": ("sittingmode", ("one_sitting", "before_after"))}
            for name, (check, values) in {**kept, "administration": ("administration", ADMINISTRATIONS)}.items():
                response.alter_column(name, existing_type=sa.String(length=20), type_=one_of(check, *values))
            if imported:
                response.add_column(column)
                response.create_foreign_key(key, "answer_import", ["import_id"], ["id"], ondelete="SET NULL")
            else:
                response.drop_constraint(key, type_="foreignkey")
                response.drop_column("import_id")
        return
    op.drop_constraint(op.f("ck_response_channel"), "response", type_="check")
    op.create_check_constraint(op.f("ck_response_channel"), "response", sa.column("channel").in_(channels))
    if imported:
        op.add_column("response", column)
        op.create_foreign_key(key, "response", "answer_import", ["import_id"], ["id"], ondelete="SET NULL")
    else:
        op.drop_column("response", "import_id")


def upgrade() -> None:
    op.create_table(
        "kept_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("forget_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_kept_file_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_file")),
    )
    op.create_index(op.f("ix_kept_file_account_id"), "kept_file", ["account_id"], unique=False)
    op.create_index(op.f("ix_kept_file_forget_at"), "kept_file", ["forget_at"], unique=False)
    op.create_table(
        "kept_piece",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["kept_file.id"], name=op.f("fk_kept_piece_file_id_kept_file"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file_id", "number", name=op.f("pk_kept_piece")),
    )
    op.create_table(
        "long_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("parameters", JsonValue, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("back", sa.String(length=300), nullable=False),
        sa.Column("status", one_of("jobstatus", "waiting", "running", "done", "failed", "cancelled"), nullable=False),
        sa.Column("n_done", sa.Integer(), nullable=False),
        sa.Column("n_total", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("facts", JsonValue, nullable=False),
        sa.Column("error", JsonValue, nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_long_job_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["kept_file.id"], name=op.f("fk_long_job_file_id_kept_file"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_long_job")),
    )
    op.create_index(
        op.f("ix_long_job_account_id_long_job_created_at"), "long_job", ["account_id", "created_at"], unique=False
    )
    op.create_index(op.f("ix_long_job_status_long_job_id"), "long_job", ["status", "id"], unique=False)
    op.create_table(
        "answer_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("n_rows", sa.Integer(), nullable=False),
        sa.Column("n_left_out", sa.Integer(), nullable=False),
        sa.Column("status", one_of("importstatus", "storing", "stored", "undone"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("imported_by", sa.String(length=254), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.Column("undone_by", sa.String(length=254), nullable=True),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_answer_import_account_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_answer_import_survey_id_survey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["wave.id"], name=op.f("fk_answer_import_wave_id_wave"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_import")),
    )
    op.create_index(op.f("ix_answer_import_survey_id"), "answer_import", ["survey_id"], unique=False)
    let_responses_be_imported(imported=True)
    op.create_index(
        op.f("ix_response_survey_id_response_started_at_response_id"),
        "response",
        ["survey_id", "started_at", "id"],
        unique=False,
    )
    op.create_table(
        "exclusion",
        sa.Column("response_id", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("excluded_by", sa.String(length=254), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_exclusion_account_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_exclusion_response_id_response"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_exclusion")),
    )
    op.create_table(
        "survey_quality",
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.String(length=64), nullable=False),
        sa.Column("n_checked", sa.Integer(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_survey_quality_survey_id_survey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_survey_quality")),
    )
    op.create_table(
        "response_quality",
        sa.Column("response_id", sa.LargeBinary(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.Column("n_signs", sa.Integer(), nullable=False),
        sa.Column("missing_share", sa.Double(), nullable=False),
        sa.Column("longest_run", sa.Integer(), nullable=False),
        sa.Column("seconds_per_item", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_response_quality_response_id_response"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_response_quality_survey_id_survey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_response_quality")),
    )
    op.create_index(
        op.f("ix_response_quality_n_signs"),
        "response_quality",
        ["survey_id", "n_signs", "response_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("response_quality")
    op.drop_table("survey_quality")
    op.drop_table("exclusion")
    op.drop_index(op.f("ix_response_survey_id_response_started_at_response_id"), table_name="response")
    response = sa.table("response", sa.column("channel"))
    op.execute(response.update().where(response.c.channel == "imported").values(channel="open_link"))
    let_responses_be_imported(imported=False)
    op.drop_table("answer_import")
    op.drop_table("long_job")
    op.drop_table("kept_piece")
    op.drop_table("kept_file")
