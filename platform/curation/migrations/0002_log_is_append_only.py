"""The log of decisions can only grow: PostgreSQL itself refuses to change or remove an entry."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION curation_decisions_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Emptying an empty log loses nothing (tools that reset a database truncate every table).
    IF TG_OP = 'TRUNCATE' AND NOT EXISTS (SELECT 1 FROM curation_curationdecision) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'curation decisions are append-only: % is refused', TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'Append a new decision instead.';
END $$;

CREATE TRIGGER curation_decision_never_changes
    BEFORE UPDATE OR DELETE ON curation_curationdecision
    FOR EACH ROW EXECUTE FUNCTION curation_decisions_are_kept();

CREATE TRIGGER curation_decision_never_truncated
    BEFORE TRUNCATE ON curation_curationdecision
    FOR EACH STATEMENT EXECUTE FUNCTION curation_decisions_are_kept();
"""

BACKWARDS = """
DROP TRIGGER curation_decision_never_truncated ON curation_curationdecision;
DROP TRIGGER curation_decision_never_changes ON curation_curationdecision;
DROP FUNCTION curation_decisions_are_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("curation", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
