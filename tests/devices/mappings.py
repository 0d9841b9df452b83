"""How the recorded tables are to be read."""

UR3 = {
    "separator": ";",
    "decimal": ",",
    "time": {"column": "Timestamp"},
    "sequence": {"column": "Num"},
    "channels": {"cycle": "cycle", "Robot_ProtectiveStop": "stop", "Temperature_T0": "temperature"},
}
MILL = {
    "time": {"start": "2018-03-01T08:00:00Z", "step": "0.1"},
    "channels": {
        "S1_OutputPower": "power",
        "M1_CURRENT_PROGRAM_NUMBER": {"channel": "program", "text": True},
        "Machining_Process": "step",
    },
}
