package bundle

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/formats"
	"github.com/nsauth/nsauth/internal/report"
)

const (
	account  = "7654321"
	clientID = "1c34000000000000000000000000000000000000000000000000000000004321"
)

// reportOf is a report about a profile with this name.
func reportOf(name string) *finding.Report {
	acc, id := account, clientID
	return &finding.Report{SchemaVersion: finding.SchemaVersion, Kind: finding.KindReport, Tool: finding.Tool{Name: "nsauth", Version: "test"}, Command: "doctor",
		StartedAt: "2026-11-23T15:00:00Z", Outcome: finding.OutcomeFail, ExitCode: 1, Profile: &finding.Subject{Name: &name, Account: &acc, ClientID: &id},
		Checks:    []finding.Result{{ID: finding.CheckProfile, Title: "Profile", Status: finding.Fail, Selected: true, Summary: "about " + acc}},
		Diagnosis: &finding.Diagnosis{Headline: "Client ID is not set"}}
}

func partsOf(names ...string) Parts {
	doc := &finding.Reports{SchemaVersion: finding.SchemaVersion, Kind: finding.KindReports, Command: "doctor", StartedAt: "2026-11-23T15:00:00Z", Outcome: finding.OutcomeFail, ExitCode: 1}
	for _, name := range names {
		doc.Reports = append(doc.Reports, reportOf(name))
	}
	return Parts{Run: formats.Several(doc), Text: func(w io.Writer, _ *finding.Reports) error { return put(w, []byte("all profiles\n")) }, Versions: []byte("{}\n"), Mask: true, At: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC),
		EnvNames: []string{"HOME", "NSAUTH_KEY", "TZ", "my_proxy", "NSAUTH_KEY", "NSAUTH_\n"},
		HAR:      func(i int, _ *report.Masker) ([]byte, error) { return fmt.Appendf(nil, "requests of %d\n", i), nil }}
}

// made are the files of a bundle, by name, in their order.
func made(t *testing.T, p Parts) (names []string, texts map[string]string) {
	t.Helper()
	data, err := Make(p)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	texts = map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil || !f.Modified.Equal(p.At) {
			t.Errorf("%s: %v, %v", f.Name, f.Modified, err)
		}
		names, texts[f.Name] = append(names, f.Name), string(text)
	}
	return names, texts
}

// A bundle has the files that Files lists, in its order, and each profile its own.
func TestMake(t *testing.T) {
	listed := func(several bool, folders ...string) (names []string) {
		for _, f := range Files(several) {
			if !strings.HasPrefix(f.Name, Folder(0, "NAME")) {
				names = append(names, f.Name)
			}
		}
		for _, folder := range folders {
			for _, f := range Files(several) {
				if name, ok := strings.CutPrefix(f.Name, Folder(0, "NAME")); ok {
					names = append(names, folder+name)
				}
			}
		}
		return names
	}
	one := partsOf()
	one.Run = formats.One(reportOf("prod"))
	for _, tt := range []struct {
		parts Parts
		want  []string
	}{
		{one, listed(false)},
		{partsOf("prod", "sandbox"), listed(true, "profiles/001-prod/", "profiles/002-sandbox/")},
	} {
		names, texts := made(t, tt.parts)
		if !slices.Equal(names, tt.want) {
			t.Errorf("%q\nwant\n%q", names, tt.want)
		}
		for name, text := range texts {
			if text == "" || strings.Contains(text, account) || strings.Contains(text, clientID) {
				t.Errorf("%s is empty or has IDs:\n%s", name, text)
			}
		}
		if got := texts["environment.txt"]; got != "NSAUTH_KEY\nTZ\nmy_proxy\n" {
			t.Errorf("environment.txt has %q", got)
		}
	}
	_, texts := made(t, partsOf("prod", "sandbox"))
	if texts["report.txt"] != "all profiles\n" || !strings.Contains(texts["report.json"], `"nsauth.reports"`) {
		t.Errorf("the report of all:\n%s%s", texts["report.txt"], texts["report.json"])
	}
	if own := texts["profiles/002-sandbox/report.json"]; !strings.Contains(own, `"nsauth.report"`) || !strings.Contains(own, `"sandbox"`) ||
		texts["profiles/002-sandbox/exchange.har"] != "requests of 1\n" || !strings.Contains(texts["profiles/002-sandbox/report.txt"], "sandbox") {
		t.Errorf("the second profile:\n%s%s", own, texts["profiles/002-sandbox/exchange.har"])
	}
	shown := partsOf("prod", "sandbox")
	shown.Mask = false
	if _, texts := made(t, shown); !strings.Contains(texts["profiles/001-prod/report.json"], clientID) {
		t.Error("IDs are masked")
	}
}

// An ID has the same placeholder in every file, also in those of one profile alone.
func TestOnePlaceholder(t *testing.T) {
	p := partsOf("prod", "other")
	other := "1234567_SB1"
	second := p.Run.Reports[1]
	second.Profile.Account, second.Checks[0].Summary = &other, "about "+other
	p.HAR = func(i int, m *report.Masker) ([]byte, error) {
		return []byte(report.MaskWith(m, "requests of "+[]string{account, other}[i])), nil
	}
	_, texts := made(t, p)
	for _, name := range []string{"report.json", "report.txt", "exchange.har"} {
		if text := texts["profiles/002-other/"+name]; !strings.Contains(text, "<account-2>") || strings.Contains(text, "<account>") {
			t.Errorf("%s: %s", name, text)
		}
	}
	if all := texts["report.json"]; !strings.Contains(all, "about <account>") || !strings.Contains(all, "about <account-2>") {
		t.Error(all)
	}
}

// Whatever a profile is called, its files have names that any system can store, below one
// folder, and that have no ID.
func TestHostileNames(t *testing.T) {
	hostile := []string{"", ".", "..", "../../etc/passwd", `..\..\x`, "/root", `C:\x`, "CON", "a/b", "a\x00b", "a\nb", "-rf", "\x1b[31m", "ünïcode", "A", "a", "a", "<script>",
		"prod." + account, account + "_SB1", strings.Repeat("long", 1000), "name: \"x\"|?*", "x ", "\u202egnp.exe"}
	names, _ := made(t, partsOf(hostile...))
	safe := regexp.MustCompile(`^profiles/[0-9]{3}-[A-Za-z0-9_-]{0,40}/[a-z-]+\.(txt|json|har)$`)
	seen := map[string]bool{}
	for _, name := range names {
		if strings.Contains(name, "/") && !safe.MatchString(name) || !fs.ValidPath(name) || strings.Contains(name, account) {
			t.Errorf("unsafe name %q", name)
		}
		if seen[strings.ToLower(name)] {
			t.Errorf("%q twice", name)
		}
		seen[strings.ToLower(name)] = true
	}
	if want := len(hostile); len(seen) != want*6+5 {
		t.Errorf("%d files for %d profiles", len(seen), want)
	}
}

// A file that cannot be made is named in the error.
func TestMakeThatFails(t *testing.T) {
	p := partsOf("prod", "sandbox")
	p.HAR = func(i int, _ *report.Masker) ([]byte, error) {
		if i == 1 {
			return nil, errors.New("no archive")
		}
		return nil, nil
	}
	if _, err := Make(p); err == nil || err.Error() != "profiles/002-sandbox/exchange.har: no archive" {
		t.Error(err)
	}
}
