"""Keep sign-in sessions, the tree of sites and the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servq.db import JsonValue, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Entries of the last 90 days cannot be deleted by anybody who has only the application.
_SQLITE_GUARDS = (
    """
    CREATE TRIGGER audit_entry_kept BEFORE UPDATE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'entries of the audit log are never changed'); END
    """,
    """
    CREATE TRIGGER audit_entry_young BEFORE DELETE ON audit_entry WHEN OLD.at > datetime('now', '-90 days')
    BEGIN SELECT RAISE(ABORT, 'entries of the audit log are kept'); END
    """,
)
_POSTGRES_GUARDS = (
    """
    CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'entries of the audit log are kept as they are'; END $$
    """,
    """
    CREATE TRIGGER audit_entry_kept BEFORE UPDATE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()
    """,
    """
    CREATE TRIGGER audit_entry_young BEFORE DELETE ON audit_entry
    FOR EACH ROW WHEN (OLD.at > now() - interval '90 days') EXECUTE FUNCTION audit_entry_refuse()
    """,
)


def upgrade() -> None:
    with op.batch_alter_table("account") as account:
        account.add_column(sa.Column("name", sa.String(length=100), nullable=False, server_default=""))
        account.add_column(sa.Column("locale", sa.String(length=20), nullable=True))
        account.add_column(sa.Column("time_zone", sa.String(length=64), nullable=True))
        account.add_column(sa.Column("theme", sa.String(length=10), nullable=False, server_default="system"))
        account.add_column(sa.Column("rights", JsonValue, nullable=False, server_default="[]"))
        account.add_column(sa.Column("disabled_at", UtcDateTime(), nullable=True))
        account.add_column(sa.Column("totp_secret", sa.LargeBinary(), nullable=True))
        account.add_column(sa.Column("totp_confirmed_at", UtcDateTime(), nullable=True))
        account.add_column(sa.Column("totp_step", sa.Integer(), nullable=True))
    with op.batch_alter_table("api_key") as api_key:
        api_key.add_column(sa.Column("used_at", UtcDateTime(), nullable=True))
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "organisation", "region", "site", name="sitekind", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["site.id"], name=op.f("fk_site_parent_id_site"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("name", name=op.f("uq_site_name")),
    )
    op.create_index(op.f("ix_site_parent_id"), "site", ["parent_id"], unique=False)
    op.create_table(
        "account_site",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_site_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_account_site_site_id_site"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "site_id", name=op.f("pk_account_site")),
    )
    op.create_index(op.f("ix_account_site_site_id"), "account_site", ["site_id"], unique=False)
    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sign_in_session_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_sign_in_session_digest")),
    )
    op.create_index(op.f("ix_sign_in_session_account_id"), "sign_in_session", ["account_id"], unique=False)
    op.create_table(
        "sign_in_failure",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_sign_in_failure")),
    )
    op.create_index(op.f("ix_sign_in_failure_last_at"), "sign_in_failure", ["last_at"], unique=False)
    op.create_table(
        "account_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("invitation", "reset", name="purpose", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_link_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_link")),
    )
    op.create_index(op.f("ix_account_link_account_id"), "account_link", ["account_id"], unique=False)
    op.create_table(
        "recovery_code",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "digest", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=200), nullable=False),
        sa.Column("detail", JsonValue, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    for columns in (["at"], ["account_id"], ["kind", "target"]):
        op.create_index(
            op.f("ix_" + "_".join(f"audit_entry_{column}" for column in columns)), "audit_entry", columns, unique=False
        )
    for statement in _SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else _POSTGRES_GUARDS:
        op.execute(statement)
    op.create_table(
        "staff_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("values", JsonValue, nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "sending",
                "sent",
                "refused",
                "unknown",
                name="staffmailstatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reply", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_mail")),
    )
    op.create_index(op.f("ix_staff_mail_status_staff_mail_due_at"), "staff_mail", ["status", "due_at"], unique=False)
    op.create_table(
        "staff_mail_attachment",
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["staff_mail.id"], name=op.f("fk_staff_mail_attachment_mail_id_staff_mail"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mail_id", "number", name=op.f("pk_staff_mail_attachment")),
    )


def downgrade() -> None:
    op.drop_table("staff_mail_attachment")
    op.drop_table("staff_mail")
    op.drop_table("audit_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_entry_refuse()")
    for name in ("recovery_code", "account_link", "sign_in_failure", "sign_in_session", "account_site", "site"):
        op.drop_table(name)
    with op.batch_alter_table("api_key") as api_key:
        api_key.drop_column("used_at")
    with op.batch_alter_table("account") as account:
        for name in (
            "totp_step",
            "totp_confirmed_at",
            "totp_secret",
            "disabled_at",
            "rights",
            "theme",
            "time_zone",
            "locale",
            "name",
        ):
            account.drop_column(name)
