package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manPages are the pages of section 1, one per command, gzipped without a time. They are
// in the man macros, see man(7). They have no date, so that the same commands give the
// same pages.
func manPages(root *cobra.Command) (files, error) {
	pages, err := pagesFrom("man.tmpl", root, func(c *cobra.Command) string { return manName(c) + ".1.gz" })
	for name, page := range pages {
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a constant
		_, _ = z.Write(page)                                  // to memory
		_ = z.Close()
		pages[name] = b.Bytes()
	}
	return pages, err
}

// manName is "nsauth-jwt-inspect" for nsauth jwt inspect.
func manName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// related are the commands above c and directly below it.
func related(c *cobra.Command) []*cobra.Command {
	var list []*cobra.Command
	for up := c.Parent(); up != nil; up = up.Parent() {
		list = append(list, up)
	}
	return append(list, slices.DeleteFunc(below(c), func(sub *cobra.Command) bool { return sub.Parent() != c })...)
}

// option is a flag in a man page.
type option struct{ Shorthand, Name, Value, Text string }

func options(set *pflag.FlagSet) []option {
	var list []option
	set.VisitAll(func(f *pflag.Flag) {
		value, usage := pflag.UnquoteUsage(f)
		// A default that says no more than "not set" goes without saying.
		if !slices.Contains([]string{"", "false", "[]"}, f.DefValue) {
			usage += " (default " + f.DefValue + ")"
		}
		if !f.Hidden {
			list = append(list, option{f.Shorthand, f.Name, value, usage})
		}
	})
	return list
}

// roff escapes text: what it would read as an escape or a request, and the
// ASCII signs that it would turn into typographic ones.
func roff(s string) string {
	s = roffSigns.Replace(s)
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") {
			lines[i] = `\&` + line
		}
	}
	var b strings.Builder
	for _, r := range strings.Join(lines, "\n") {
		if r > 126 {
			fmt.Fprintf(&b, `\[u%04X]`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// roffSigns leaves no sign in that begins a request but the full stop.
var roffSigns = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`)
