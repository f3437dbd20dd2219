package capture

// Split is for tests of package paste_test.
func Split(command string) []string { return dialectOf(command).split(command, 0) }
