"""Measures that are taken between steps of the kernel, where a record reads them: those that step the model, and those that need more than a loop."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.builtins.separation import separability
from neurashed_dsl.ir.plan import Study, Without
from neurashed_dsl.ir.system import Probe, System
from neurashed_dsl.ir.wires import all_wires
from neurashed_dsl.passes import lower
from neurashed_dsl.runtime.activity import log_activities
from neurashed_dsl.runtime.bind import build, tables_replaced, with_tables
from neurashed_dsl.runtime.elasticity import Stepper
from neurashed_dsl.runtime.information import Channel, channel_of, information, marks_of, normal_points, strengths
from neurashed_dsl.runtime.streams import stream
from neurashed_dsl.values import frozen

Values = npt.NDArray[np.float64]
Known = dict[Any, tuple[bytes, Values]]  # by what is measured: the state that was last measured, and what was found
KEY = ("level", "floor", "relative", "relative_to", "points")


@frozen
class Meter:
    """What every value of a level's mutual information shares: the points, too, so that differences between steps aren't theirs.

    Where λ decides what fires, there is no `channel`: each state has its own.
    """

    channel: Channel | None
    points: Values


@frozen
class Prober:
    """What measures the probes of a system. Replicates share it."""

    system: System
    stepper: Stepper | None
    meters: Mapping[Any, Meter]
    facts: Any  # of the study


def prober_of(study: Study, system: System, single: System | None) -> Prober:
    """The prober of the study's system, or of one of its interventions."""
    stepper = None
    if single is not None:
        logs = any(x.log for x in (*single.lets, *single.late) if x.name == "logit")
        stepper = Stepper(build(lower(single)), study.facts.inputs.labels, len(study.facts.classes), logs)
    return Prober(system, stepper, _meters(study, system), study.facts)


def prober_without(prober: Prober, study: Study, left: Without) -> Prober:
    """The prober of a system after a pruning."""
    system, old = tables_replaced(prober.system, left.tables), prober.stepper
    stepper = (
        None if old is None else Stepper(with_tables(old.built, left.tables), old.labels, old.classes, old.logarithms)
    )
    return Prober(system, stepper, _meters(study, system), left.facts)


def _meters(study: Study, system: System) -> dict[Any, Meter]:
    meters: dict[Any, Meter] = {}
    for probe in system.probes.values():
        if probe.measure == "mutual_information" and (key := _key(probe)) not in meters:
            nodes, fires = slice(*probe.options["level"]), system.tables.get("fires")
            plain = fires is not None and "λ" in system.slots
            channel = (
                None if fires is None or not plain else channel_of(system, fires.data, nodes, len(study.facts.classes))
            )
            rng = stream(study.plan.seed, 0, "points of mutual information")
            size = nodes.stop - nodes.start if channel is None else len(channel.variance)
            meters[key] = Meter(channel, normal_points(size, probe.options["points"], rng))
    return meters


def measure(prober: Prober, slots: Mapping[str, npt.NDArray[Any]], step: int, known: Known) -> dict[str, Values]:
    """All probes of one state, by name. `known` is the replicate's own: what hasn't changed since isn't worked out again."""
    probes = prober.system.probes
    stepping = {n: p for n, p in probes.items() if p.stepping}
    found = prober.stepper.measure(stepping, slots, step) if prober.stepper else {}
    for name, probe in probes.items():
        if probe.measure == "mutual_information":
            found[name] = _information(prober, probe, slots, known)
        elif probe.measure == "separability":
            found[name] = _separability(probe, slots)
    return found


def _separability(probe: Probe, slots: Mapping[str, npt.NDArray[Any]]) -> Values:
    state = slots[probe.options["array"]]
    return np.array([separability(np.exp(state) if probe.options["log"] else np.asarray(state, float))])


def _information(prober: Prober, probe: Probe, slots: Mapping[str, npt.NDArray[Any]], known: Known) -> Values:
    key, meter = _key(probe), prober.meters[_key(probe)]
    if "λ" not in slots:
        return _of_edges(prober, probe, slots["κ"], known)
    nodes = slice(*probe.options["level"])
    state = slots["λ"] if meter.channel is None else slots["λ"][nodes]
    if key not in known or known[key][0] != state.tobytes():
        with np.errstate(divide="ignore"):
            logs = state if prober.system.slots["λ"].log else np.log(np.abs(state))
        channel = meter.channel or _channel_at(prober, state, nodes)
        strength = strengths(channel, logs if meter.channel else logs[nodes], probe.options)
        points = meter.points[: len(channel.variance)]
        known[key] = state.tobytes(), information(channel.patterns * strength, channel.joint, points)
    return _row(known[key][1], probe)


def _of_edges(prober: Prober, probe: Probe, state: Values, known: Known) -> Values:
    """Where edges are amplified, each input shows something of its own."""
    key, facts, tables = _key(probe), prober.facts, prober.system.tables
    if key not in known or known[key][0] != state.tobytes():
        trained = ~tables["held"].data
        share = tables["weight_of"].data[trained] / tables["weight_of"].data[trained].sum()
        joint = np.zeros((len(share), len(facts.classes)))
        joint[np.arange(len(share)), tables["label"].data[trained]] = share
        with np.errstate(divide="ignore"):
            logs = state if prober.system.slots["κ"].log else np.log(np.abs(state))
        shown = log_activities(facts, tables["fires"].data, logs)[trained, slice(*probe.options["level"])]
        marks = marks_of(shown, share, probe.options)
        known[key] = state.tobytes(), information(marks, joint, prober.meters[key].points)
    return _row(known[key][1], probe)


def _row(found: Values, probe: Probe) -> Values:
    row: Values = found[0 if probe.options["of"] == "input" else 1]
    return row if probe.options["bounds"] else row[1:2]


def _channel_at(prober: Prober, state: Values, nodes: slice) -> Channel:
    """Of a network in which λ decides what fires."""
    facts, system = prober.facts, prober.system
    fires = all_wires(facts.circuit, facts.inputs.bits, state, logs=system.slots["λ"].log)
    return channel_of(system, fires, nodes, len(facts.classes))


def _key(probe: Probe) -> tuple[Any, ...]:
    return tuple(probe.options[k] for k in KEY)
