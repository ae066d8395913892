"""Static files under hashed names, so that a browser may keep them for ever."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class ModuleStorage(ManifestStaticFilesStorage):
    """The manifest storage with the imports of JavaScript modules rewritten too."""

    support_js_module_import_aggregation = True
    max_post_process_passes = 40  # one for each layer of modules; only a cycle needs more
