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

const homepage = "https://github.com/nsauth/nsauth"

// manPages are the pages of section 1, one per command, gzipped without a time.
func manPages(root *cobra.Command) (files, error) {
	pages := files{}
	for _, c := range all(root) {
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err := z.Write(manPage(c)); err != nil {
			return nil, err
		}
		if err := z.Close(); err != nil {
			return nil, err
		}
		pages[manName(c)+".1.gz"] = b.Bytes()
	}
	return pages, nil
}

// manName is "nsauth-jwt-inspect" for nsauth jwt inspect.
func manName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// manPage is the page of a command in the man macros, see man(7). It has no
// date, so that the same commands give the same page.
func manPage(c *cobra.Command) []byte {
	p := &page{}
	p.line(`.TH %s 1 "" "nsauth" "nsauth manual"`, roff(strings.ToUpper(manName(c))))
	p.line(".SH NAME\n%s \\- %s", roff(manName(c)), roff(c.Short))
	p.line(".SH SYNOPSIS\n.B %s", strings.ReplaceAll(roff(strings.Join(synopsis(c), "\n")), "\n", "\n.br\n.B "))
	p.line(".SH DESCRIPTION")
	for i, part := range paragraphs(description(c)) {
		if i > 0 {
			p.line(".PP")
		}
		if part.verbatim {
			p.verbatim(part.text)
		} else {
			p.line("%s", roff(part.text))
		}
	}
	if subs := all(c)[1:]; len(subs) > 0 {
		p.line(".SH COMMANDS")
		for _, sub := range subs {
			p.line(".TP\n.B %s\n%s", roff(sub.CommandPath()), roff(sub.Short))
		}
	}
	p.flags("OPTIONS", own(c))
	p.flags("OPTIONS OF EVERY COMMAND", general(c))
	if c.Example != "" {
		p.line(".SH EXAMPLES")
		p.verbatim(examples(c))
	}
	p.line(".SH SEE ALSO")
	for _, other := range related(c) {
		p.line(".BR %s (1),", roff(manName(other)))
	}
	p.line(`\(la%s\(ra`, roff(homepage))
	return p.Bytes()
}

// related are the commands above c and directly below it.
func related(c *cobra.Command) []*cobra.Command {
	var list []*cobra.Command
	for up := c.Parent(); up != nil; up = up.Parent() {
		list = append(list, up)
	}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			list = append(list, sub)
		}
	}
	return list
}

// page is a man page in the making.
type page struct{ bytes.Buffer }

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// verbatim shows lines as they are.
func (p *page) verbatim(text string) { p.line(".nf\n%s\n.fi", roff(text)) }

func (p *page) flags(title string, set *pflag.FlagSet) {
	if !set.HasAvailableFlags() {
		return
	}
	p.line(".SH %s", title)
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		p.line(".TP")
		name := `\fB` + roff("--"+f.Name) + `\fR`
		if f.Shorthand != "" {
			name = `\fB` + roff("-"+f.Shorthand) + `\fR, ` + name
		}
		if value != "" {
			name += ` \fI` + roff(value) + `\fR`
		}
		p.line("%s", name)
		// A default that says no more than "not set" goes without saying.
		if !slices.Contains([]string{"", "false", "[]"}, f.DefValue) {
			usage += " (default " + f.DefValue + ")"
		}
		p.line("%s", roff(usage))
	})
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
