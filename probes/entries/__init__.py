"""The tables of an inventory, one file for what belongs together; ``probes.campus`` puts them into one."""
