"""Which plug-ins of initialization.xml start, and which only will."""

from collections.abc import Sequence
from dataclasses import dataclass

from roles.boot.findings import Finding, nearest
from roles.boot.vocabulary import Vocabulary
from roles.boot.xml_file import Plugin


@dataclass(frozen=True, slots=True)
class Chosen:
    """The enabled plug-ins in the order of the file, each once."""

    built: tuple[str, ...]
    unbuilt: tuple[str, ...]


def choose(
    plugins: Sequence[Plugin], file: str, vocabulary: Vocabulary, findings: list[Finding], warnings: list[str]
) -> Chosen:
    """Sort the enabled plug-ins; an unknown one is a finding, one that is not built yet a warning."""
    enabled = {plugin.name: plugin for plugin in reversed(plugins) if plugin.enabled}
    names = [name for name in dict.fromkeys(plugin.name for plugin in plugins) if name in enabled]
    known = vocabulary.plugins_built | vocabulary.plugins_known
    for name in names:
        if name not in known:
            hint = nearest(name, known) or f", expected one of {', '.join(sorted(vocabulary.plugins_built))}"
            findings.append(Finding(file, enabled[name].line, "plugin", f"unknown plug-in {name!r}{hint}"))
    listed = [plugin.name for plugin in plugins if plugin.enabled]
    if twice := sorted({name for name in listed if listed.count(name) > 1}):
        warnings.append(f"{file}: enabled more than once, started once: {', '.join(twice)}")
    if both := sorted({plugin.name for plugin in plugins if not plugin.enabled} & enabled.keys()):
        warnings.append(f"{file}: enabled in one place and not in another, so started: {', '.join(both)}")
    unbuilt = tuple(name for name in names if name in vocabulary.plugins_known - vocabulary.plugins_built)
    if unbuilt:
        warnings.append(f"{file}: plug-ins that are known but not built yet: {', '.join(unbuilt)}")
    return Chosen(tuple(name for name in names if name in vocabulary.plugins_built), unbuilt)
