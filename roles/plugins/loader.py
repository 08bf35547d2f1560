"""The sample loader of a furnace, where preferences.yaml has one."""

from actors.loader import Loader
from actors.loader_look import LoaderSetup
from actors.watched import Child
from roles.boot.site import Site
from roles.plugins.building import Building
from transports.rpc.furnace_verbs import LOADER


def children(building: Building) -> list[Child]:
    """Return the loader, or nothing where the site has none."""
    setup = setup_of(building.site)
    return [] if setup is None else [Child(LOADER, lambda: Loader.start(building.context, LOADER, setup))]


def services(site: Site) -> frozenset[str]:
    """Return what verbs can ask: the loader, where there is one."""
    return frozenset() if site.preferences.loader is None else frozenset({LOADER})


def setup_of(site: Site) -> LoaderSetup | None:
    """Return what the loader of a site is made of; None: it has none."""
    told = site.preferences.loader
    if told is None:
        return None
    funnel, dump, feeder = told.funnel, told.dump, told.feeder
    nearness: float = getattr(site.devices.get(funnel.drive or ""), "tolerance", 0.0)
    return LoaderSetup(
        magnets=told.magnets.names,
        funnel_valve=funnel.valve or "",
        funnel_drive=funnel.drive or "",
        up=funnel.up or 0.0,
        down=funnel.down or 0.0,
        tolerance=funnel.tolerance or nearness,
        feeder=feeder.drive if feeder is not None else "",
        positions=feeder.positions if feeder is not None else {},
        closed=dump.closed,
        opened=dump.open,
        hottest_c=dump.hottest,
        magnets_s=dump.magnets_s,
        step_s=dump.step_s,
    )
