"""Acts: one file per journey, one function per act; each decides, does and records together."""
