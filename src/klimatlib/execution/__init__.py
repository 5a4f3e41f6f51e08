"""Running notebooks: processes and kernels, notebooks and their rules, publishing what they made."""
