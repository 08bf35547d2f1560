"""THE COMMAND TABLE, of a furnace's node: its furnace and ovens, its sample loader, its drives. Nothing but data.

Source: the vocabulary of Pychron's furnace firmware, with what is ours: ramps, trips, the heater off and on.
"""

from functools import partial

from transports.rpc.verb import Verb, named

FURNACE = "furnace"
LOADER = "loader"
DRIVES = "drives"

_furnace, _loader, _drive = (partial(named, service) for service in (FURNACE, LOADER, DRIVES))

TABLE: tuple[Verb, ...] = (
    _furnace("GetTemperature", "degrees Celsius"),
    _furnace("GetProcessValue", "degrees Celsius, as GetTemperature"),
    _furnace("GetSetpoint", "degrees Celsius"),
    _furnace("SetSetpoint", "set it, degrees Celsius", ("setpoint",), moves=True),
    _furnace("GetPercentOutput", "of the heater, percent"),
    _furnace("GetFurnaceSummary", "set-point, temperature and output as JSON; and an input", ("[h2o_channel]",)),
    _furnace("GetDIState", "is an input on? by the name of its gauge, or its channel", ("name",)),
    _furnace("GetLabTemperature", "of the gauge lab_temperature"),
    _furnace("GetLabHumidity", "of the gauge lab_humidity"),
    _furnace("StartRamp", "from where it is", ("celsius", "per_minute", "[soak_s]", "[then]"), moves=True),
    _furnace("StopRamp", "hold the set-point that it has come to", moves=True),
    _furnace("GetRamp", "how far a ramp or soak is, or none"),
    _furnace("SetPID", "the three terms", ("proportional", "integral_s", "derivative_s"), moves=True, whole="pid"),
    _furnace("GetPID", "proportional, integral seconds, derivative seconds"),
    _furnace("HeaterOff", "stop heating", moves=True),
    _furnace("HeaterOn", "let it heat again, to its set-point", moves=True),
    _furnace("GetTrip", "why it has switched itself off, or none", ("[channel]",)),
    _furnace("ResetTrip", "end that; it heats when it is told to", ("[channel]",), moves=True),
    _furnace("GetFullSummary", "all there is to know of the furnace, as JSON"),
    _furnace("GetBakeoutSetpoint", "of an oven: the controller bakeout1, or of that name", ("channel",)),
    _furnace("GetBakeoutTemperature", "likewise", ("channel",)),
    _furnace("GetBakeoutTempPower", "likewise, and its output", ("channel",)),
    _furnace("SetBakeoutClosedLoopSetpoint", "likewise", ("channel", "setpoint"), moves=True),
    _furnace("SetBakeoutControlMode", "likewise: closed, or off", ("channel", "mode"), moves=True),
    _furnace("GetVersion", "of these words"),
    _furnace("GetHeartBeat", "now and start, seconds of the epoch"),
    _loader("DumpSample", "lower the funnel, energise the magnets, raise it again; if it may be", moves=True),
    _loader("DumpComplete", "has the last dump ended? an error with the reason where it has failed"),
    _loader("StopDump", "end it safely: magnets off, the funnel up", moves=True),
    _loader("GetDump", "how far it is, and what has failed"),
    _loader("LowerFunnel", "if nothing forbids it", moves=True),
    _loader("RaiseFunnel", "if no magnet is energised", moves=True),
    _loader("InUpPosition", "is the funnel up? it is read now"),
    _loader("InDownPosition", "is the funnel down? it is read now"),
    _loader("EnergizeMagnets", "each for so long, if the funnel is down", ("[period]",), moves=True),
    _loader("IsEnergized", "is a magnet energised?"),
    _loader("DenergizeMagnets", "all of them", moves=True),
    _loader("RotaryDumperMoving", "there is none"),
    _loader("Feed", "bring the feeder to one of its places", ("position",), moves=True),
    _drive("GetPosition", "where a drive is, in its units, or in steps", ("drive", "[units]")),
    _drive("Moving", "does a drive move?", ("drive",)),
    _drive("Stalled", "has a drive stalled?", ("drive",)),
    _drive(
        "MoveAbsolute",
        "send a drive somewhere",
        ("drive", "position", "[units]", "[speed]"),
        moves=True,
        keys=("drive", "position", "units", "velocity"),
    ),
    _drive(
        "MoveRelative",
        "from where it is",
        ("drive", "position", "[units]", "[speed]"),
        moves=True,
        keys=("drive", "position", "units", "velocity"),
    ),
    _drive("StopDrive", "stop it; it forgets that it has stalled", ("drive",), moves=True),
    _drive("SetHome", "where it stands is its home", ("drive",), moves=True),
    _drive("Slew", "turn on and on, by a share of its velocity, -1 to 1", ("drive", "[scalar]"), moves=True),
    _drive(
        "StartJitter",
        "to and fro, with pauses in seconds",
        ("drive", "distance", "[p1]", "[p2]"),
        moves=True,
        keys=("drive", "turns", "p1", "p2"),
    ),
    _drive("StopJitter", "as StopDrive", ("drive",), moves=True),
)
