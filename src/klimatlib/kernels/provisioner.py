"""Left for environments that were installed before this entry point moved; to be removed."""

from klimatlib.execution.kernels import ForkProvisioner as ForkProvisioner
