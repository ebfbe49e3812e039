"""The timer of the nightly run: systemd, cron, or the Task Scheduler of Windows, whichever the machine has."""
