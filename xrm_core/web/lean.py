"""Scripts and styles on their way to the browser go without what explains and indents them: that is for who reads the sources."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import anyio
from litestar.file_system import BaseLocalFileSystem
from litestar.types import PathType
from litestar.types.file_types import FileInfo

KINDS = (".css", ".js")
REMARK_AT_THE_END = re.compile(r"\s*/\*[^*]*\*/$")


def lean(text: str) -> str:
    """Return a script or a style sheet without comments in lines of their own or at the end of one, and without indents; what stands
    between backticks stays as it is."""
    kept: list[str] = []
    in_comment = in_template = False
    for line in text.splitlines():
        bare = line.strip()
        if in_comment:
            in_comment = "*/" not in bare
            if bare.endswith("*/") or in_comment:
                continue
            bare = line = bare.partition("*/")[2]
        if not in_template:
            if bare.startswith("/*") and ("*/" not in bare or bare.endswith("*/")) and bare.count("*/") < 2:
                in_comment = "*/" not in bare
                continue
            if not bare or bare.startswith("//"):
                continue
            line = line.lstrip() if "`" in line else REMARK_AT_THE_END.sub("", bare)
        in_template ^= line.replace("\\`", "").count("`") % 2 == 1
        kept.append(line)
    return "\n".join(kept) + "\n"


@lru_cache(maxsize=256)
def _leaned(path: str, _changed: float) -> bytes:
    """What is sent of a file."""
    return lean(Path(path).read_text("utf-8")).encode()


class LeanFiles(BaseLocalFileSystem):
    """The files of a folder, scripts and styles as `lean` leaves them."""

    async def info(self, path: PathType, **kwargs: Any) -> FileInfo:
        """Tell of a file; its size is that of what is sent. Raises FileNotFoundError."""
        told = await super().info(path, **kwargs)
        if told["type"] == "file" and _is_ours(path):
            told["size"] = len(_leaned(str(path), told["mtime"]))
        return told

    async def open(self, file: PathType, mode: str, buffering: int = -1) -> Any:
        """Open a file, or what is sent of it."""
        if not _is_ours(file):
            return await super().open(file, mode, buffering)
        changed = (await anyio.Path(file).stat()).st_mtime
        return anyio.wrap_file(io.BytesIO(_leaned(str(file), changed)))


def _is_ours(path: PathType) -> bool:
    """Libraries of others stay as they came."""
    name = str(path)
    return name.endswith(KINDS) and not name.endswith(".min.js")
