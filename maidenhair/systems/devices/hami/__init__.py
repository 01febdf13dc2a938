"""HAMi: the installation of its scheduler, the annotations of its protocol, and the devices that it allocates."""
