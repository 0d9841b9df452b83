"""An installation of test mode, as those who try it out find it."""
