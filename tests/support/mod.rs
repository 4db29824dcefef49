//! What tests stand on: real servers on free loopback ports in temporary folders, stopped when dropped.
