"""The resources of one server at one time, found by the names that kubectl takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from functools import cached_property

from ..errors import AmbiguousResource, UnknownResource
from .api_resource import ApiResource
from .documents import ServedVersion


class Catalog:
    """The resources of a server.

    Args:
        versions: Its group-versions, in the order in which it prefers them.
    """

    def __init__(self, versions: Iterable[ServedVersion]) -> None:
        self._versions = [*versions]
        self._found: dict[tuple[str, ...], ApiResource] = {}

    @cached_property
    def resources(self) -> tuple[ApiResource, ...]:
        """All resources in all versions; of each group, the preferred version first."""
        return tuple(one for version in self._versions for one in version.resources or ())

    @cached_property
    def preferred(self) -> tuple[ApiResource, ...]:
        """Each resource once, in the version that the server prefers."""
        found: dict[tuple[str, str], ApiResource] = {}
        for one in self.resources:
            found.setdefault((one.group, one.plural), one)
        return tuple(found[key] for key in sorted(found))

    def by_name(self, name: str) -> ApiResource:
        """Find a resource by a plural, singular or short name or a kind, in any case.

        A group may follow, in whole or its beginning, and a version before it: `deployments.v1.apps`. Without a group,
        the core group comes first, as for kubectl.

        Raises:
            UnknownResource: No resource has the name.
            AmbiguousResource: Resources of several groups have the name.
        """
        if (name,) not in self._found:
            self._found[name,] = self._find_name(name)
        return self._found[name,]

    def by_kind(self, api_version: str, kind: str) -> ApiResource:
        """Find the resource of a kind, by the `apiVersion` and `kind` of its objects.

        Raises:
            UnknownResource: The server does not serve the kind in this version.
            AmbiguousResource: Several resources have the kind.
        """
        if (api_version, kind) not in self._found:
            self._found[api_version, kind] = self._find_kind(api_version, kind)
        return self._found[api_version, kind]

    def with_subresource(self, name: str) -> tuple[str, ...]:
        """Return the names of the resources that have a subresource."""
        return tuple(str(one) for one in self.preferred if one.subresource(name) is not None)

    def _find_kind(self, api_version: str, kind: str) -> ApiResource:
        found = [one for one in self.resources if (one.api_version, one.kind) == (api_version, kind)]
        what = f"kind {kind!r:.80} in {api_version!r:.200}"
        if not found:
            hint = self._kind_hint(api_version, kind)
            raise UnknownResource(f"the server does not serve {what}" + hint + self._unavailable())
        return _only(found, what)

    def _find_name(self, name: str) -> ApiResource:
        word, _, rest = name.partition(".")
        if not rest:
            found = self._in_groups(word, None, None)
            core = [one for one in found if not one.group]
            found = core or found
        else:
            version, _, group = rest.partition(".")
            found = self._in_groups(word, version, group) or self._in_groups(word, None, rest)
        if not found:
            raise UnknownResource(f"the server serves no resource {name!r:.200}" + self._hint(name))
        preferred: dict[str, str] = {}
        for one in found:
            preferred.setdefault(one.group, one.version)
        return _only([one for one in found if one.version == preferred[one.group]], f"{name!r:.200}")

    def _in_groups(self, word: str, version: str | None, group: str | None) -> list[ApiResource]:
        """Return the resources that a word names; of an exact group, or else of those that begin so."""
        served = [one for one in self.resources if version is None or one.version == version]
        in_group = [one for one in served if group is None or one.group == group]
        if not in_group and group:
            in_group = [one for one in served if one.group.startswith(group)]
        word = word.lower()
        return _named(in_group, lambda one: (one.plural, one.singular, one.kind.lower()), word) or _named(
            in_group, lambda one: one.short_names, word
        )

    def _kind_hint(self, api_version: str, kind: str) -> str:
        others = [one.api_version for one in self.resources if one.kind == kind]
        if others:
            return f"; it serves {kind} in {_listed(others)}"
        if any((one.api_version, one.kind) == (kind, api_version) for one in self.resources):
            return f"; the apiVersion comes first: {kind!r}, {api_version!r}"
        served = [one for one in self.resources if one.api_version == api_version]
        named = _named(served, lambda one: (one.plural, one.singular, one.kind.lower(), *one.short_names), kind.lower())
        if named:
            return f"; it is a name of the kind {_listed(one.kind for one in named)}"
        return _similar(kind, (one.kind for one in served))

    def _hint(self, name: str) -> str:
        members = [str(one) for one in self.preferred if name in one.categories]
        if members:
            return f"; it is a category, of {_listed(members)}"
        if "/" in name:
            return "; pass the name of a resource, or an apiVersion and a kind as two arguments"
        names = (each for one in self.preferred for each in (one.plural, str(one), *one.short_names))
        return _similar(name, names) + self._unavailable()

    def unavailable(self, group: str | None = None) -> list[str]:
        """Return the group-versions of a group, or of all, whose server does not respond at present."""
        return [str(one) for one in self._versions if not one.is_available and group in (None, one.group)]

    def _unavailable(self) -> str:
        silent = self.unavailable()
        return f"; these did not respond: {_listed(silent)}" if silent else ""


def _named(
    resources: Iterable[ApiResource], names: Callable[[ApiResource], Sequence[str]], word: str
) -> list[ApiResource]:
    return [one for one in resources if word in names(one)]


def _only(found: Sequence[ApiResource], what: str) -> ApiResource:
    if len(found) > 1:
        raise AmbiguousResource(f"{what} is ambiguous; use one of {_listed(map(str, found))}")
    return found[0]


def _similar(name: str, names: Iterable[str]) -> str:
    found = get_close_matches(name, dict.fromkeys(names), n=3)
    return f"; similar: {_listed(found)}" if found else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))
