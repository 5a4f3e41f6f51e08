"""Left for environments installed before the engine was registered by `klimatlib.kernels.execute` itself."""

Engine = None
