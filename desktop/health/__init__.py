"""How the desk does, over the last ten minutes: measured each second, judged, told."""
