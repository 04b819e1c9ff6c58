"""What the bits of alarms and states mean (JT/T 808-2019, tables 24 and 25)."""

ALARMS = (
    "sos", "overspeed", "fatigue", "dangerousDriving", "positioningFault", "antennaOpen", "antennaShort",
    "lowVoltage", "powerCut", "displayFault", "speakerFault", "cameraFault", "cardFault", "overspeedWarning",
    "fatigueWarning", "illegalDriving", "tirePressureWarning", "rightTurnBlindArea", "dayDriving", "parkingOvertime",
    "areaCrossing", "routeCrossing", "sectionTime", "offRoute", "speedSensorFault", "fuelFault", "stolen",
    "illegalIgnition", "illegalMove", "collision", "rollover", "doorOpened",
)  # fmt: skip
"""By bit, from 0."""

_STATES = {
    0: "ignition", 4: "outOfService", 5: "encrypted", 6: "forwardCollision", 7: "laneDeparture", 10: "fuelCut",
    11: "powerLineCut", 12: "locked", 13: "frontDoor", 14: "middleDoor", 15: "rearDoor", 16: "driverDoor",
    18: "gps", 19: "beidou", 20: "glonass", 21: "galileo", 22: "motion",
}  # fmt: skip
_LOAD = {0: "empty", 1: "half", 3: "full"}


def alarm_words(bits: int) -> list[str]:
    return [word for bit, word in enumerate(ALARMS) if bits >> bit & 1]


def state_words(bits: int) -> dict[str, bool | str]:
    """`ignition` always, all other states where they are set; bits 8 and 9 are the load."""
    said: dict[str, bool | str] = {"ignition": bool(bits & 1)}
    said |= {word: True for bit, word in _STATES.items() if bit and bits >> bit & 1}
    if load := _LOAD.get(bits >> 8 & 3) if bits >> 8 & 3 else None:
        said["load"] = load
    return said
