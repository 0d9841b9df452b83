"""What a side said in a review is never changed; kept by the database itself."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER billing_reviewdecision_append_only BEFORE UPDATE OR DELETE ON billing_reviewdecision
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""
BACKWARD = "DROP TRIGGER billing_reviewdecision_append_only ON billing_reviewdecision;"


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_checkpoints")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
