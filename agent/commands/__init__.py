"""The commands of the command line, by theme; each calls one thing of the library."""
