"""Container images as OCI archives, built without a container engine: of a program, or of the running Python.

`recipes` has `ImageMaker` and the recipes of the images that every embedded cluster needs. The recipes of a system
under test belong beside its code.
"""

from maidenhair.clusters.images.archive import archive_names
from maidenhair.clusters.images.chosen import ChosenImage, canonical_name, choose_image, pinned_name
from maidenhair.clusters.images.go_program import GoProgram
from maidenhair.clusters.images.identity import archive_identity
from maidenhair.clusters.images.packages import App
from maidenhair.clusters.images.recipes import (
    FRAMEWORK_RECIPES,
    ImageMaker,
    Recipe,
    build_images,
)
from maidenhair.clusters.images.store import Image

__all__ = [
    "FRAMEWORK_RECIPES",
    "App",
    "ChosenImage",
    "GoProgram",
    "Image",
    "ImageMaker",
    "Recipe",
    "archive_identity",
    "archive_names",
    "build_images",
    "canonical_name",
    "choose_image",
    "pinned_name",
]
