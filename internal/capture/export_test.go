package capture

// Split splits a command line in the quoting of its shell.
func Split(command string) []string { return dialectOf(command).split(command, 0) }
