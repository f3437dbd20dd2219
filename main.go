// Command nsauth says why a NetSuite OAuth 2.0 client credentials integration
// is refused, and what to do about it.
package main

import (
	"os"

	"github.com/nsauth/nsauth/cmd"
)

func main() { os.Exit(cmd.Main(os.Args[1:], cmd.System())) }
