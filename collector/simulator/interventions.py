"""What can be done to a community while it is looked at: rename, hide, block, delete, transfer, touch."""

from dataclasses import replace
from typing import Literal

from collector.simulator.alterations import Alterations, Fated
from collector.simulator.community import Community
from collector.simulator.people import Person
from collector.simulator.repository import Repository


class InterventionError(ValueError):
    """Something that cannot be done, with the reason."""


class Interventions:
    """Hands on a community. Every change shows at once, to whoever asks next."""

    def __init__(self, community: Community) -> None:
        self._community = community

    def rename(self, full_name: str, new_name: str) -> None:
        """Gives a repository another name, and with another owner another home; the old name leads there.

        Raises InterventionError when the new name is taken, as all of these do for what is not there.
        """
        repository = self._named(full_name)
        owner, separator, name = new_name.partition("/")
        if not separator or not owner or not name or "/" in name:
            raise InterventionError(f"{new_name!r} is no name of a repository; write OWNER/NAME.")
        taken = self._community.any_repository(new_name)
        if taken is not None and taken is not repository:
            raise InterventionError(f"There is a repository {new_name} already.")
        repository.altered.owner, repository.altered.name = owner, name
        self._community.renamed(repository, full_name)

    def hide(self, full_name: str) -> None:
        """Makes a repository private: to everybody outside it is not there."""
        self._state(full_name, "private")

    def block(self, full_name: str, reason: Literal["dmca", "tos"] = "dmca") -> None:
        """Blocks a repository: 451 for a takedown notice (dmca), 403 for breaking the terms (tos)."""
        if reason not in ("dmca", "tos"):
            raise InterventionError(f"{reason!r} is no reason to block a repository; there are dmca and tos.")
        self._named(full_name).altered.reason = reason
        self._state(full_name, "blocked")

    def delete(self, full_name: str) -> None:
        """Deletes a repository."""
        self._state(full_name, "deleted")

    def restore(self, full_name: str) -> None:
        """Makes a repository public again, whatever became of it."""
        self._state(full_name, "public")

    def _state(self, full_name: str, state: Literal["public", "private", "blocked", "deleted"]) -> None:
        altered = self._named(full_name).altered
        altered.state, altered.since = state, self._community.clock()

    def delete_issue(self, full_name: str, number: int) -> None:
        """Deletes an issue: 410 from then on. A pull request too, as when its author is found to be spam."""
        self._fate(full_name, number, Fated("deleted", self._community.clock()), pull=True)

    def convert_issue(self, full_name: str, number: int) -> None:
        """Turns an issue into a discussion: it stays, closed and locked, with an event that says so."""
        self._fate(full_name, number, Fated("converted", self._community.clock()))

    def transfer_issue(self, full_name: str, number: int, to: str, new_number: int) -> None:
        """Transfers an issue: 301 from then on to an issue of another repository.

        What is there at `new_number` already plays its new self, and gets the event of the transfer.
        """
        target, now = self._named(to), self._community.clock()
        source = self._named(full_name)
        if target is source:
            raise InterventionError(f"An issue of {full_name} cannot be transferred to {to} itself.")
        arrival = self._place(target, new_number)
        self._fate(full_name, number, Fated("transferred", now, target.identity, new_number))
        target.altered.arrivals[arrival] = (now, source.identity)
        target.altered.touched[arrival] = now
        self._community.changed(target)

    def touch(self, full_name: str, number: int, title: str | None = None) -> None:
        """Updates an issue or pull request now, with another title when one is given."""
        repository = self._named(full_name)
        place = self._place(repository, number)
        repository.altered.touched[place] = self._community.clock()
        if title is not None:
            repository.altered.titles[place] = title
        self._community.changed(repository)

    def rename_user(self, login: str, new_login: str) -> None:
        """Gives an account another login; the old one is free, for others to take.

        The account's own repositories move with it. Raises InterventionError when the new login is taken.
        """
        community, person = self._community, self._person(login)
        taken = community.population.by_login.get(new_login.lower())
        if taken is not None and taken.index != person.index:
            raise InterventionError(f"There is an account {new_login} already.")
        if not new_login or not new_login.replace("-", "").isalnum():
            raise InterventionError(f"{new_login!r} is no login; use letters, digits and hyphens.")
        community.replace_person(
            replace(person, login=new_login, first_login=person.first_login or person.login)
        )
        for repository in community.repositories:
            if repository.owner_index == person.index:
                before = repository.full_name
                repository.altered.owner = new_login
                community.renamed(repository, before)

    def alter_user(
        self, login: str, *, company: str | None = None, location: str | None = None, bio: str | None = None
    ) -> None:
        """Writes other things into an account's public profile; an empty text takes one out."""
        told = {"company": company, "location": location, "bio": bio}
        changes = {name: value or None for name, value in told.items() if value is not None}
        self._community.replace_person(replace(self._person(login), **changes))  # type: ignore[arg-type]

    def delete_user(self, login: str) -> None:
        """Deletes an account: what it has written names nobody from then on."""
        self._community.replace_person(replace(self._person(login), gone=True))

    def _fate(self, full_name: str, number: int, fated: Fated, *, pull: bool = False) -> None:
        repository = self._named(full_name)
        place = self._place(repository, number)
        if repository.items.is_pull[place] and not pull:
            raise InterventionError(f"{full_name}#{number} is a pull request; those become nothing else.")
        repository.altered.fates[place] = fated
        self._community.changed(repository)

    def _named(self, full_name: str) -> Repository:
        found = self._community.any_repository(full_name)
        if found is None:
            raise InterventionError(f"There is no repository {full_name}.")
        return found

    def _place(self, repository: Repository, number: int) -> int:
        place = repository.place_of_number(number)
        altered: Alterations = repository.altered
        if place < 0 or int(repository.items.created[place]) > self._community.clock():
            raise InterventionError(f"{repository.full_name} has no issue or pull request {number}.")
        fated = altered.fates.get(place)
        if fated is not None:
            raise InterventionError(f"{repository.full_name}#{number} has been {fated.fate} already.")
        return place

    def _person(self, login: str) -> Person:
        person = self._community.person(login)
        if person is None:
            raise InterventionError(f"There is no account {login}.")
        return person
