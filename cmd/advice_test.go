package cmd

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/formats"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/stand"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// Each command of nsauth that the report of a named profile advises uses that profile, in
// every form of the report, unless the command reads none.
func TestAdvisedCommandsUseTheProfile(t *testing.T) {
	for i, s := range scenario.All() {
		if testkit.LeftOut(i, 4, 24) {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			w := System()
			w.Stdin, w.Stdout, w.Stderr, w.GenerateKey = strings.NewReader(""), io.Discard, io.Discard, keypool.Generate
			a := cli.New(w, finding.Tool{Name: "nsauth"}, nil)
			demo, err := stand.StartDemo(a, s.Name, "", false, false)
			if err != nil {
				t.Fatal(err)
			}
			defer demo.Close()
			p := demo.Profile
			p.Named, p.Name, p.Config = true, "prod eu", "my files/c.yaml"
			r := doctor.Request{Command: "doctor", Given: demo.Given}
			if r.Pair, err = a.Load(context.Background(), p, r.Select, keys.Pair{}); err != nil {
				t.Fatal(err)
			}
			made, err := doctor.Examine(context.Background(), demo.World, p, r)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range []report.TextOptions{{Width: 80}, {Width: 200}, {Width: 80, Verbose: true}} {
				var text bytes.Buffer
				if err := report.Text(&text, made, o); err != nil {
					t.Fatal(err)
				}
				usesProfile(t, text.String())
			}
			for _, name := range []string{formats.JUnit, formats.HTML} {
				var text bytes.Buffer
				if err := formats.Write(&text, name, formats.One(made), formats.Options{ShowIDs: true}); err != nil {
					t.Fatal(err)
				}
				advice := flowchart.ReplaceAllString(text.String(), "")
				usesProfile(t, strings.ReplaceAll(strings.ReplaceAll(advice, "&#39;", "'"), "&#xA;", " "))
			}
			if made.Diagnosis != nil && made.Diagnosis.Next != nil {
				for _, argv := range made.Diagnosis.Next.Commands {
					usesProfile(t, report.CommandLine(argv...))
				}
			}
		})
	}
}

// flowchart is the part of a page that is the same for every profile.
var flowchart = regexp.MustCompile(`(?s)<h3>The way through the flowchart.*?<h3>`)

var advisedCommand = regexp.MustCompile(`nsauth ((?:[a-z]+ ?)+)(.{0,60})`)

// usesProfile looks at every command in a text that the tree of commands knows.
func usesProfile(t *testing.T, text string) {
	t.Helper()
	a := cli.New(System(), finding.Tool{}, nil)
	text = strings.Join(strings.Fields(text), " ")
	for _, found := range advisedCommand.FindAllStringSubmatch(text, -1) {
		c, _, err := newRoot(a).Find(strings.Fields(found[1]))
		if err != nil || c.Parent() == nil || idle(c, c.Flag("profile")) {
			continue
		}
		command := c.CommandPath()
		after := strings.TrimSpace(strings.TrimPrefix(found[0], command))
		switch {
		case command == "nsauth keycheck": // it reads the files that it names
		case strings.HasPrefix(after, ": ") || strings.HasPrefix(after, ", version"): // a title
		case command == "nsauth emulator" && !strings.HasPrefix(after, "--"): // an issuer
		case !strings.HasPrefix(after, "--config 'my files/c.yaml' --profile 'prod eu'"):
			t.Errorf("%s uses another profile: %s", command, found[0])
		}
	}
}
