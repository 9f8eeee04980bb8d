"""A disk that loses its power: an ext4 image whose journal is not written out when it is told to stop."""

import fcntl
import struct
import subprocess
from pathlib import Path

_SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
_WITHOUT_JOURNAL = 2  # EXT4_GOING_FLAGS_NOLOGFLUSH


class Disk:
    """An image that is mounted within the block."""

    def __init__(self, image: Path, folder: Path, *, megabytes: int) -> None:
        self.image, self.folder, self._megabytes = image, folder, megabytes

    def __enter__(self) -> "Disk":
        with open(self.image, "wb") as file:
            file.truncate(self._megabytes * 2**20)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(self.image)], check=True)
        self.folder.mkdir(exist_ok=True)
        self._mount()
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", str(self.folder)], check=True)
        self.image.unlink()

    def cut(self) -> None:
        with open(self.folder / "power", "wb") as file:
            fcntl.ioctl(file, _SHUTDOWN, struct.pack("I", _WITHOUT_JOURNAL))

    def remount(self) -> None:
        subprocess.run(["umount", str(self.folder)], check=True)
        self._mount()

    def _mount(self) -> None:
        subprocess.run(["mount", "-o", "loop", str(self.image), str(self.folder)], check=True)
