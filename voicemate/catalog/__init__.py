"""Models: which there are, which suit this machine, how they come here whole and stay whole."""

from voicemate.catalog.catalog import Catalog, Model, catalog_file, load_catalog
from voicemate.catalog.choice import Choice, Recommendation, best_installed, recommend
from voicemate.catalog.gguf import GgufHeader, read_header
from voicemate.catalog.machine import Machine, inspect
from voicemate.catalog.manifest import InstalledModel
from voicemate.catalog.progress import NoProgress, Progress
from voicemate.catalog.setup import SetUpOutcome, set_up
from voicemate.catalog.store import Store

__all__ = [
    "Catalog",
    "Choice",
    "GgufHeader",
    "InstalledModel",
    "Machine",
    "Model",
    "NoProgress",
    "Progress",
    "Recommendation",
    "SetUpOutcome",
    "Store",
    "best_installed",
    "catalog_file",
    "inspect",
    "load_catalog",
    "read_header",
    "recommend",
    "set_up",
]
