"""The commands of the command line, one module a theme; each calls one function of the library."""
