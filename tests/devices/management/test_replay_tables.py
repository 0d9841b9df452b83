import gzip
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from devices import queries
from devices.models import Block, Gap, Quarantined
from tests.devices.machines import lathe
from tests.devices.mappings import MILL, UR3
from tests.devices.recordings import DATA

pytestmark = pytest.mark.django_db
T = "2026-03-02T09:14:58Z"
COBOT = DATA / "ur3-cobotops" / "dataset_02052023.session1.csv.gz"
RUNS = [DATA / "cnc-mill-tool-wear" / f"experiment_0{number}.csv.gz" for number in (4, 5)]


@pytest.fixture
def replay(tmp_path):
    def run(device, *paths, how, **options):
        file, said = tmp_path / "mapping.json", StringIO()
        file.write_text(json.dumps(how))
        given = {"device": device.code, "format": "csv", "mapping": file, "stdout": said}
        call_command("replay", *paths, **(given | options))
        return said.getvalue()

    return run


class TestTables:
    def test_of_a_cobot_amount_to_its_cycles_and_twice_is_once(self, replay):
        device = lathe()
        first = replay(device, COBOT, how=UR3, create_channels=True)
        again = replay(device, COBOT, how=UR3, delivery=777)

        count = 3 * 2869 - 2 * 10  # ten rows have neither a stop nor a temperature
        assert first.startswith(f"{count} accepted, 0 duplicates, 0 conflicts, 0 rejected, 0 unread")
        assert again.startswith(f"0 accepted, {count} duplicates")
        assert not Gap.objects.filter(device=device).exists()
        cycles = [one.value for one in queries.readings(device, channels=["cycle"])]
        assert (cycles[0], cycles[-1]) == (1, 105)

    def test_without_numbers_are_numbered_once_one_after_the_other(self, replay):
        device = lathe()
        replay(device, *RUNS, how=MILL, create_channels=True)
        again = replay(device, *reversed(RUNS), how=MILL)

        assert again.startswith(f"0 accepted, {3 * (532 + 462)} duplicates")
        said = list(queries.readings(device, channels=["step"]))
        assert len(said) == 532 + 462
        assert not Gap.objects.filter(device=device).exists()

    def test_that_lack_rows_are_gaps_and_bad_rows_stand_in_the_quarantine(self, replay, tmp_path):
        device, file = lathe(), tmp_path / "t.csv"
        file.write_text(f"n,t,a\n7,{T},1\n9,{T},2\nx,{T},3\n10,yesterday,3\n11,{T},4\n")
        how = {"time": {"column": "t"}, "sequence": {"column": "n"}, "channels": {"a": "parts"}}

        said = replay(device, file, how=how)

        assert "3 accepted" in said
        assert "2 unreadable" in said
        assert [(gap.first, gap.last) for gap in Gap.objects.order_by("first")] == [(8, 8), (10, 10)]
        kept = Quarantined.objects.filter(device=device).order_by("pk")
        assert [(one.reason, one.item["channel"]) for one in kept] == [
            ("sequence_invalid", "t.csv:4"),
            ("time_invalid", "t.csv:5"),
        ]

    def test_are_refused_before_anything_is_sent(self, replay, tmp_path):
        device, wrong = lathe(), tmp_path / "z.csv.gz"
        wrong.write_bytes(gzip.compress(b"Num,Timestamp\n"))

        with pytest.raises(CommandError, match="header_invalid"):
            replay(device, COBOT, wrong, how=UR3)
        with pytest.raises(CommandError, match="separator is one of"):
            replay(device, COBOT, how=UR3 | {"separator": "x"})
        with pytest.raises(CommandError, match="goes with"):
            replay(device, COBOT, how=UR3, format="shdr")
        with pytest.raises(CommandError, match="cannot be read"):
            replay(device, COBOT, how=UR3, mapping=tmp_path / "none.json")

        assert not Block.objects.filter(device_id=device.pk).exists()
