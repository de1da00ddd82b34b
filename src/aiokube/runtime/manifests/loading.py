"""Objects of manifests: of the class of their kind where one is known, else a `DynamicObject`."""

from __future__ import annotations

from typing import cast

from ..arguments import types
from ..codec.any_object import AnyObject
from ..codec.dynamic_object import DynamicObject
from ..codec.problems import check_manifest
from ..errors import DecodeError
from ..public import public
from ..secret import hides_arguments
from .kinds import SHIPPED, Packages, checked_package, class_of
from .reading import Manifest, Source, read


@public("aiokube.manifests")
@hides_arguments
def load(source: Source, *, strict: bool = True, models: str = SHIPPED) -> list[AnyObject]:
    """Read the objects of manifests, in order: YAML or JSON of many documents, from files or from a text.

    An object is of the class of its apiVersion and kind, or a `DynamicObject` where the models have none. A `List`
    stands for its items, and empty documents are ignored.

    Args:
        source: A `Path` of a file, or of a folder, of which each `.yaml`, `.yml` and `.json` file is read, by name,
            without its subfolders; YAML or JSON as `str` or `bytes`; an object or a mapping; or several of these. A
            `str` is never a path.
        strict: True (the default) to refuse unknown and missing fields; see `Model.from_dict`.
        models: Name of the package of models to take classes from, such as `mycluster.models`.

    Raises:
        DecodeError: A text is not YAML, or an object does not match its class; lists every problem with its file,
            document, line and path.
        InvalidArgument: The source is of another type, a text that looks like a path, a file that cannot be read, or a
            folder without manifests; or `models` is no package of models.
    """
    types.flag(strict, "strict")
    packages = (checked_package(models),)

    def object_of(manifest: Manifest) -> AnyObject:
        cls = class_of(manifest.api_version, manifest.kind, packages) or DynamicObject
        # The class of a kind is one of objects.
        return cast("AnyObject", cls.from_dict(manifest.data, strict=strict))

    return read(source, object_of)


def check(manifest: Manifest, packages: Packages, *, strict: bool) -> None:
    """Check a manifest that is to be sent: it has a name, and no unknown fields or values of a wrong type.

    Args:
        manifest: The manifest.
        packages: Packages of models to take classes from.
        strict: True to check the fields.

    Raises:
        DecodeError: It has problems; lists all of them with their paths.
    """
    cls = class_of(manifest.api_version, manifest.kind, packages)
    if strict and cls is not None:
        check_manifest(manifest.data, cls, is_partial=True)
    if not manifest.name:
        raise DecodeError(f"{manifest.kind}: metadata.name: missing, but required{_hint(manifest)}")


def check_to_apply(manifest: Manifest) -> None:
    """Check that a manifest is not an object as it was read from a server, which takes that for a mistake, too.

    Raises:
        DecodeError: It is.
    """
    if (manifest.data.get("metadata") or {}).get("managedFields") is not None:
        raise DecodeError(
            f"{manifest.kind} {manifest.name}: metadata.managedFields: it was read from a server; apply the part that "
            "is yours, such as extract(obj, field_manager), or remove managedFields to own all of it"
        )


def _hint(manifest: Manifest) -> str:
    metadata = manifest.data.get("metadata") or {}
    return (
        "; generateName is for create: an apply would make another object each time"
        if "generateName" in metadata
        else ""
    )
