"""image: a picture kept by the platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from pydantic import Field as Key

from .file import FileOptions, FileType

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

SAFE = ("image/png", "image/jpeg", "image/webp", "image/gif")


class ImageOptions(FileOptions):
    """Options of image."""

    accept: tuple[str, ...] = Key(
        SAFE, description="Media types allowed; pictures that can hold scripts (SVG) are not among them"
    )
    max_mb: int | None = Key(10, ge=1, le=100, description="Greatest size in megabytes")


class ImageType(FileType):
    """A picture: a file of a kind that browsers show and that cannot hold scripts."""

    name = "image"
    Options = ImageOptions

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """Only kinds that cannot hold scripts."""
        accept = cast(ImageOptions, field.options).accept
        return [
            f"{kind!r} is not allowed for pictures; choose among {', '.join(SAFE)}"
            for kind in accept
            if kind not in SAFE
        ]
