"""What a device is made of: processors, memory, disks."""
