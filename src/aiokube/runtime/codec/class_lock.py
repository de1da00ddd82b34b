"""The lock of whoever makes classes, or has msgspec look at them for the first time.

msgspec keeps what it finds out about a class with the class, and threads would see it half made.
"""

from threading import RLock
from typing import Final

making_classes: Final = RLock()
