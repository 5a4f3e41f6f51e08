"""Kernels that start from a prepared process, through the official doors of papermill and jupyter_client.

Starting a kernel and importing pandas and seaborn costs more than most chapters' own work. So a run starts
one process that imports them (multiprocessing's fork server), and forks from it, before it has any thread or
socket, whatever it needs::

    run ── fork server, libraries imported
              ├─ worker ── runner (papermill, one notebook) ── its kernel
              └─ worker ── …

Each notebook has a runner and a kernel of its own, which nothing else ever uses and which end with the run,
however that ends (`lifeline`; `guard`, for what a cell moved out of its reach). `provisioner` gives the
kernel to jupyter_client, `engine` runs the notebook for papermill, `workers` makes the processes. Where a
process cannot fork safely (Windows, macOS, a process with threads) kernels are ordinary ones, started by
command, with the same result.
"""
