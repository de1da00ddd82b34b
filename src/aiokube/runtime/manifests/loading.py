"""Objects of manifests: of the class of their kind where one is known, else a `DynamicObject`."""

from __future__ import annotations

from collections.abc import Sequence

from ..codec.dynamic_object import DynamicObject
from ..codec.model import Model
from ..codec.problems import check_manifest
from ..errors import DecodeError
from ..public import public
from ..secret import hides_arguments
from .kinds import SHIPPED, class_of
from .reading import Manifest, Source, read


@public("aiokube.manifests")
@hides_arguments
def load(source: Source, *, strict: bool = True, models: str = SHIPPED) -> list[Model]:
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
        InvalidArgument: The source is of another type, a text that looks like a path, or a folder without manifests.
        OSError: A file cannot be read.
    """
    objects: list[Model] = []
    errors: list[str] = []
    for manifest in read(source):
        cls = class_of(manifest.api_version, manifest.kind, models) or DynamicObject
        try:
            objects.append(cls.from_dict(manifest.data, strict=strict))
        except DecodeError as error:
            errors.append(f"{manifest.place}: {error}")
    if errors:
        raise DecodeError("\n".join(errors))
    return objects


@hides_arguments
def check(manifests: Sequence[Manifest], *, strict: bool) -> None:
    """Check manifests that are to be sent: each has a name, and no unknown fields or values of a wrong type.

    Raises:
        DecodeError: One has; lists every problem with its file, document, line and path.
    """
    errors: list[str] = []
    for manifest in manifests:
        cls = class_of(manifest.api_version, manifest.kind)
        try:
            if strict and cls is not None:
                check_manifest(manifest.data, cls, is_partial=True)
            if not manifest.name:
                raise DecodeError(f"{manifest.kind}: metadata.name: missing, but required{_hint(manifest)}")
        except DecodeError as error:
            errors.append(f"{manifest.place}: {error}")
    if errors:
        raise DecodeError("\n".join(errors))


def _hint(manifest: Manifest) -> str:
    metadata = manifest.data.get("metadata") or {}
    return (
        "; generateName is for create: an apply would make another object each time"
        if "generateName" in metadata
        else ""
    )
