import gzip
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from devices import queries
from devices.models import Block, Quarantined
from tests.devices import recordings
from tests.devices.machines import lathe, recorded

pytestmark = pytest.mark.django_db


def replay(device, *paths, form="shdr", **options):
    said = StringIO()
    call_command("replay", *paths, format=form, device=device.code, stdout=said, **options)
    return said.getvalue()


class TestReplayAndQuantities:
    @pytest.mark.parametrize(
        ("name", "form", "options"),
        [
            ("nist-sms/Hurco01", "shdr", {"execution": "Program_Status"}),
            ("nist-sms/qdr_input", "mtconnect", {"execution": "GFAgie01-path_basic_2"}),
        ],
    )
    def test_amount_to_what_is_known_and_sending_again_changes_nothing(self, name, form, options):
        device = recorded(name)
        paths = recordings.files(name)
        count = len(recordings.load(name).readings)

        assert replay(device, *paths, form=form, delivery=1000).startswith(f"{count} accepted, 0 dup")
        assert replay(device, *paths, form=form, delivery=777).startswith(f"0 accepted, {count} dup")

        said = StringIO()
        call_command("quantities", device=device.code, json=True, stdout=said, **options)
        truth = recordings.truth(name)
        if "qdr" in name:
            truth = truth["devices"]["mtc_adapter001"]["execution:GFAgie01-path_basic_2"]
        found = json.loads(said.getvalue())
        assert float(found["run_seconds"]) == pytest.approx(truth["recommended_billable"]["run_seconds"])
        assert found["cycles"] == truth["recommended_billable"]["program_cycles"]


class TestReplay:
    def test_refuses_a_truncated_file_before_anything_is_sent(self, tmp_path):
        device = lathe()
        good, cut = tmp_path / "1.txt", tmp_path / "2.txt.gz"
        good.write_text("2026-03-02T09:14:58Z|parts|1\n")
        cut.write_bytes(gzip.compress(b"2026-03-02T09:14:58Z|parts|1\n" * 1000)[:-20])

        with pytest.raises(CommandError, match="nothing was sent"):
            replay(device, good, cut)

        assert not Block.objects.filter(device_id=device.pk).exists()

    def test_keeps_lines_that_it_cannot_read_with_file_and_line(self, tmp_path):
        device, file = lathe(), tmp_path / "log.txt"
        file.write_text("2026-03-02T09:14:58Z|parts|1\nnonsense\n2026-03-02T09:14:59Z|parts|2\n")

        replay(device, file, shift=60)

        assert Quarantined.objects.get(device=device).item["channel"] == "log.txt:2"
        assert [one.value for one in queries.readings(device, channels=None)] == [1, 2]

    def test_adds_unknown_channels_as_private_when_asked(self, tmp_path):
        device, file = lathe(), tmp_path / "log.txt"
        file.write_text("2026-03-02T09:14:58Z|speed|1\n2026-03-02T09:14:58Z|tool|T1\n")

        replay(device, file, create_channels=True)

        kinds = device.channels.filter(number__gt=4).values_list("key", "kind", "retention")
        assert list(kinds) == [("speed", "GAUGE", "PRIVATE"), ("tool", "TEXT", "PRIVATE")]
