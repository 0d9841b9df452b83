"""``readings()`` shows small numbers exactly: a power of ten in PostgreSQL keeps 16 decimals, a text keeps all."""

from importlib import import_module

from django.db import migrations

FUNCTIONS = import_module("devices.migrations.0006_readings_for_people").FUNCTIONS
ROUNDED = "trim_scale(numbers[next]::numeric * (10::numeric ^ -scale))::text"
EXACT = "trim_scale((numbers[next]::text || 'e-' || scale)::numeric)::text"

BEFORE = (
    "CREATE OR REPLACE FUNCTION devices_values("
    + (FUNCTIONS.split("CREATE FUNCTION devices_values(")[1].split("CREATE FUNCTION")[0])
)


class Migration(migrations.Migration):
    dependencies = [("devices", "0011_take_many")]

    operations = [migrations.RunSQL(BEFORE.replace(ROUNDED, EXACT), BEFORE)]
