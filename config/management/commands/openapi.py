"""``manage.py openapi``: write the description of the REST API to ``docs/openapi.json``."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator

from config.breaking import bare


class Command(BaseCommand):
    """The file is committed; a test compares it with what the code generates."""

    help = "Write docs/openapi.json; with --baseline also what a later description may not break."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--baseline", action="store_true", help="at a release, write the baseline anew")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):  # the committed description is in one language, whoever writes it
            schema = SchemaGenerator().get_schema(request=None, public=True)
            written = json.dumps(schema, default=str, ensure_ascii=False, indent=1)
        target = Path(settings.BASE_DIR) / "docs" / "openapi.json"
        target.write_text(written + "\n", encoding="utf-8")
        self.stdout.write(f"wrote {target.name}: {len(schema['paths'])} paths")
        if options["baseline"]:
            kept = json.dumps(bare(json.loads(written)), ensure_ascii=False, indent=0, sort_keys=True)
            target.with_name("openapi-baseline.json").write_text(kept + "\n", encoding="utf-8")
