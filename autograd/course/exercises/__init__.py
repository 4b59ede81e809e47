"""The exercises, a file for each topic, and a topic for each notebook: a file that is put here is found."""

from importlib import import_module
from pkgutil import iter_modules

for _topic in iter_modules(__path__):
    import_module(f"{__name__}.{_topic.name}")
