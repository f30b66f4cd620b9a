"""The wheel's build hook: `make build`'s library goes into the wheel, when there is one.

Without it the wheel is pure Python, and the package looks for APUS_LIBRARY or an installed library.
"""

import sysconfig
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BundleLibrary(BuildHookInterface):
    def initialize(self, version, build_data):
        repository = Path(self.root).parent.parent
        library = repository / "build" / "lib" / "libapus.so"
        if version == "editable" or not library.exists():
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
        build_data["force_include"][str(library.resolve())] = "apus/libapus.so"
        build_data["force_include"][str(repository / "LICENSE")] = "apus/LICENSE"
