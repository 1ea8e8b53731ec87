"""The commands of the command line by theme; each calls one function of the library."""
