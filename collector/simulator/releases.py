"""Releases: their tags, when they came out, and the contributors they thank."""

from dataclasses import dataclass

import numpy as np

from collector.simulator.clock import seconds
from collector.simulator.snapshot import Snapshot


@dataclass(frozen=True)
class Release:
    """One release."""

    identity: int
    tag: str
    name: str
    when: int
    author: int
    body: str
    prerelease: bool = False


def releases(snapshot: Snapshot) -> list[Release]:
    """The releases of a repository up to now, newest first."""
    repository = snapshot.repository
    commits, population = repository.commits, repository.population
    found: list[Release] = []
    previous = 0
    for place, (tag, day) in enumerate(repository.specification.releases):
        when = seconds(day) + 17 * 3_600 + repository.number_for(81, place) % 14_400
        if when > snapshot.now:
            break
        window = (commits.visible > previous) & (commits.visible <= when)
        authors = np.unique(commits.author[window])
        thanked = sorted(
            population.people[int(index)].display_login
            for index in authors
            if population.stewards <= int(index) < population.humans
        )
        text = f"# Release {tag.removeprefix('v')}\n\n## Bug fixes and other changes\n\n* See the history.\n"
        if thanked:
            text += (
                "\n## Thanks to our Contributors\n\nThis release contains contributions from many people "
                f"at Google, as well as:\n\n{', '.join(thanked)}\n"
            )
        author = population.stewards - 1 if repository.owner_index is None else repository.owner_index
        found.append(Release(repository.ids.start + place, tag, f"Release {tag}", when, author, text))
        previous = when
    found.reverse()
    return found


def release_tips(snapshot: Snapshot) -> dict[str, int]:
    """For each tag the place of the commit it names."""
    visible = snapshot.repository.commits.visible
    tips = {
        each.tag: int(np.searchsorted(visible, each.when, side="right")) - 1 for each in releases(snapshot)
    }
    return {tag: place for tag, place in tips.items() if place >= 0}
