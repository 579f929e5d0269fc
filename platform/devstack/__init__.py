"""`make up`: the embedded services and the processes, started, watched and stopped together."""
