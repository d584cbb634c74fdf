"""Keep scored answers ready for the pages of results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SQLITE = {
    "result_new_response": """
        CREATE TRIGGER result_new_response AFTER INSERT ON response BEGIN
            INSERT INTO result_change (wave_id, response_id, mark, urgent)
            VALUES (NEW.wave_id, NEW.id, random(), 0)
            ON CONFLICT (wave_id, response_id) DO UPDATE SET mark = excluded.mark;
        END""",
    "result_changed_response": """
        CREATE TRIGGER result_changed_response
        AFTER UPDATE OF answers, attributes, channel, administration, locale, submitted_at, trial ON response BEGIN
            INSERT INTO result_change (wave_id, response_id, mark, urgent)
            VALUES (NEW.wave_id, NEW.id, random(), NEW.attributes <> OLD.attributes)
            ON CONFLICT (wave_id, response_id)
            DO UPDATE SET mark = excluded.mark, urgent = max(urgent, excluded.urgent);
        END""",
    "result_erased_response": """
        CREATE TRIGGER result_erased_response AFTER UPDATE OF attributes ON response
        WHEN NEW.attributes <> OLD.attributes BEGIN
            DELETE FROM result_block WHERE wave_id = NEW.wave_id;
        END""",
    "result_deleted_response": """
        CREATE TRIGGER result_deleted_response AFTER DELETE ON response BEGIN
            DELETE FROM result_block WHERE wave_id = OLD.wave_id;
            DELETE FROM result_change WHERE wave_id = OLD.wave_id AND response_id = OLD.id;
        END""",
    "result_excluded_response": """
        CREATE TRIGGER result_excluded_response AFTER INSERT ON exclusion BEGIN
            INSERT INTO result_change (wave_id, response_id, mark, urgent)
            SELECT wave_id, id, random(), 0 FROM response WHERE id = NEW.response_id
            ON CONFLICT (wave_id, response_id) DO UPDATE SET mark = excluded.mark;
        END""",
    "result_included_response": """
        CREATE TRIGGER result_included_response AFTER DELETE ON exclusion BEGIN
            INSERT INTO result_change (wave_id, response_id, mark, urgent)
            SELECT wave_id, id, random(), 0 FROM response WHERE id = OLD.response_id
            ON CONFLICT (wave_id, response_id) DO UPDATE SET mark = excluded.mark;
        END""",
}

_POSTGRESQL_FUNCTIONS = {
    "result_note_response": """
        CREATE FUNCTION result_note_response() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO result_change (wave_id, response_id, mark, urgent)
            VALUES (NEW.wave_id, NEW.id, hashtextextended(random()::text, 0), TG_ARGV[0]::boolean)
            ON CONFLICT (wave_id, response_id)
            DO UPDATE SET mark = excluded.mark, urgent = result_change.urgent OR excluded.urgent;
            IF TG_ARGV[0]::boolean THEN
                DELETE FROM result_block WHERE wave_id = NEW.wave_id;
            END IF;
            RETURN NULL;
        END $$""",
    "result_forget_response": """
        CREATE FUNCTION result_forget_response() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM result_block WHERE wave_id = OLD.wave_id;
            DELETE FROM result_change WHERE wave_id = OLD.wave_id AND response_id = OLD.id;
            RETURN NULL;
        END $$""",
    "result_note_exclusion": """
        CREATE FUNCTION result_note_exclusion() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO result_change (wave_id, response_id, mark, urgent)
            SELECT wave_id, id, hashtextextended(random()::text, 0), false FROM response
            WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.response_id ELSE OLD.response_id END
            ON CONFLICT (wave_id, response_id) DO UPDATE SET mark = excluded.mark;
            RETURN NULL;
        END $$""",
}

_POSTGRESQL_TRIGGERS = {
    "result_new_response": """
        CREATE TRIGGER result_new_response AFTER INSERT ON response
        FOR EACH ROW EXECUTE FUNCTION result_note_response('false')""",
    "result_changed_response": """
        CREATE TRIGGER result_changed_response
        AFTER UPDATE OF answers, attributes, channel, administration, locale, submitted_at, trial ON response
        FOR EACH ROW EXECUTE FUNCTION result_note_response('false')""",
    "result_erased_response": """
        CREATE TRIGGER result_erased_response AFTER UPDATE OF attributes ON response
        FOR EACH ROW WHEN (NEW.attributes IS DISTINCT FROM OLD.attributes)
        EXECUTE FUNCTION result_note_response('true')""",
    "result_deleted_response": """
        CREATE TRIGGER result_deleted_response AFTER DELETE ON response
        FOR EACH ROW EXECUTE FUNCTION result_forget_response()""",
    "result_excluded_response": """
        CREATE TRIGGER result_excluded_response AFTER INSERT OR DELETE ON exclusion
        FOR EACH ROW EXECUTE FUNCTION result_note_exclusion()""",
}


def upgrade() -> None:
    op.create_table(
        "result_block",
        sa.Column("wave_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("n_responses", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["wave.id"], name=op.f("fk_result_block_wave_id_wave"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_result_block")),
    )
    op.create_table(
        "result_change",
        sa.Column("wave_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("response_id", sa.LargeBinary(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("wave_id", "response_id", name=op.f("pk_result_change")),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in _SQLITE.values():
            op.execute(statement)
        return
    # the block is compressed already
    op.execute("ALTER TABLE result_block ALTER COLUMN content SET STORAGE EXTERNAL")
    for statement in (*_POSTGRESQL_FUNCTIONS.values(), *_POSTGRESQL_TRIGGERS.values()):
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in _SQLITE:
            op.execute(f"DROP TRIGGER {name}")
    else:
        for name in _POSTGRESQL_TRIGGERS:
            table = "exclusion" if name == "result_excluded_response" else "response"
            op.execute(f"DROP TRIGGER {name} ON {table}")
        for name in _POSTGRESQL_FUNCTIONS:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("result_change")
    op.drop_table("result_block")
