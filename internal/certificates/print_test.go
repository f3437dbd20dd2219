package certificates

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/report"
)

// sample has one of everything.
func sample(t testing.TB) *Document {
	good, other, old, rsa := certificate(t, "ec-p256"), certificate(t, "ec-p256-other"), certificate(t, "ec-p256-expired"), certificate(t, "rsa-3072")
	revoked := mapped("kw1KC4hvnNwxMQn_RfIBrupu9uq_x4N7OlMNOFEUKCI", "2027-10-01")
	revoked.Revoked = true
	rows := []mapping.Mapping{mapped(good.ID(), "2026-12-20"), mapped(old.ID(), "2025-12-31"), revoked, mapped("audbrbnEDmtXMME-QF2nd_Yv-EJwWQPMwWXGhvofRnQ", "2027-12-01"),
		mapped("-QjavRPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA", "2028-02-01")}
	rows[3].Role.Name, rows[3].Entity.Name = "A role with a name that is longer than the table", "Wilhelmina Featherstonehaugh"
	failed := signer("reporting", "ZXZlrEdQp5iRulIdCq2TXU0YC478QPf1OGv4yzhalZs")
	failed.State, failed.ClientID, failed.Message = NotRead, new(strings.Repeat("3e56", 16)), finding.Optional("NetSuite did not show its list of certificates: the role (role ID 1000) lacks the permission "+mapping.Permission+" (status 403)")
	legacy := &subject{Profile: Profile{Name: "legacy", State: LeftOut, Message: new("token-based authentication has no certificates")}}
	broken := &subject{Profile: Profile{Name: "broken", State: NotRead, Message: new("account uses ${NOTSET}, and that variable is not set")}}
	p := policy
	p.KeyMonths = 12
	return judged(&evidence{subjects: []*subject{signer("production", good.ID()), signer("shop", revoked.CertificateID), failed, legacy, broken},
		lists: []*list{{account, clientID, "production", rows}, {account, *failed.ClientID, "", nil}}, files: withFiles(good, other, old, rsa)}, p)
}

// hostile has names that a terminal, a spreadsheet or Markdown would obey.
func hostile(t testing.TB) *Document {
	m := mapped("-QjavRPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA", "=1+1")
	m.Application.Name = "\x1b[31mred\x1b[0m\n| injected | row |"
	m.Role.Name = `=HYPERLINK("http://x.example";"x")`
	m.Entity.Name = strings.Repeat("漢", 1<<19) + "\u202e@SUM(1)"
	m.Created = "@today"
	return judged(&evidence{subjects: []*subject{signer("+prod|\r\n", m.CertificateID)}, lists: []*list{{account, clientID, "<script>", []mapping.Mapping{m}}}}, policy)
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("%s differs:\n%s", name, got)
	}
}

func printed(t *testing.T, o report.TextOptions, d *Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := Print(&b, o, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The text at the widths that terminals have. No line of a table is wider.
func TestPrint(t *testing.T) {
	d := sample(t)
	list := *d
	list.Command, list.Lists, list.Profiles = "list", d.Lists[:1], d.Profiles[4:]
	list.Certificates = d.Certificates[:5]
	list.Judgements = d.Judgements[:2]
	show := *d
	show.Command, show.Certificates, show.Judgements = "show", d.Certificates[1:2], nil
	for _, tt := range []struct {
		name  string
		width int
		ascii bool
		doc   *Document
	}{
		{"inventory-80", 80, false, d}, {"inventory-120", 120, false, d}, {"inventory-ascii", 80, true, d}, {"list-80", 80, false, &list}, {"list-120", 120, false, &list}, {"show-80", 80, false, &show},
		{"hostile-80", 80, false, hostile(t)},
	} {
		got := printed(t, report.TextOptions{Width: tt.width, ASCII: tt.ascii}, tt.doc)
		golden(t, tt.name+".txt", got)
		for _, line := range strings.Split(got, "\n") {
			if n := report.Columns(line); n > tt.width && !strings.Contains(line, clientID) {
				t.Errorf("%s: a line has %d columns:\n%s", tt.name, n, line)
			}
			if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%s: %q", tt.name, line)
			}
		}
	}
	if got := printed(t, report.TextOptions{Width: 80, Verbose: true}, d); !strings.Contains(got, "audbrbnEDmtXMME-QF2nd_Yv-EJwWQPMwWXGhvofRnQ") {
		t.Error("-v does not show whole IDs")
	}
	healthy := *d
	healthy.ExitCode = 0
	if got := printed(t, report.TextOptions{Quiet: true}, &healthy); got != "" {
		t.Errorf("-q: %q", got)
	}
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := CSV(&b, sample(t)); err != nil {
		t.Fatal(err)
	}
	golden(t, "inventory.csv", b.String())
	b.Reset()
	if err := CSV(&b, hostile(t)); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(lines) != 2 {
		t.Fatal(len(lines), err)
	}
	for i, cell := range lines[1] {
		if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) && lines[0][i] != "certificate_id" && lines[0][i] != "entity_id" {
			t.Errorf("%s: %q", lines[0][i], cell)
		}
		if len(cell) > 20_000 || strings.ContainsFunc(cell, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%s: %.200q", lines[0][i], cell)
		}
	}
	for cell, want := range map[string]string{"": "", "-5": "-5", "-5+1": "'-5+1", "=1": "'=1", "a=1": "a=1", "-QjavRPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA": "-QjavRPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA",
		"-QjavRPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pq(": "'-QjavRPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pq(", "@x": "'@x", "+x": "'+x"} {
		if got := harmless(cell); got != want {
			t.Errorf("%q: %q, want %q", cell, got, want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	for name, d := range map[string]*Document{"inventory.md": sample(t), "hostile.md": hostile(t)} {
		var b bytes.Buffer
		if err := Markdown(&b, d); err != nil {
			t.Fatal(err)
		}
		if name == "inventory.md" {
			golden(t, name, b.String())
		}
		for _, line := range strings.Split(b.String(), "\n") {
			bare := strings.ReplaceAll(line, `\|`, "")
			if strings.HasPrefix(line, "|") && strings.Count(bare, "|") != 14 {
				t.Errorf("%s: %d cells: %.200s", name, strings.Count(bare, "|")-1, line)
			}
			if strings.Contains(strings.ReplaceAll(line, `\<`, ""), "<script") || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%s: %.200q", name, line)
			}
		}
	}
}

// A list of 1,000 rows is as good as one of three.
func TestManyRows(t *testing.T) {
	many := 1000
	if testing.Short() {
		many = 200
	}
	var rows []mapping.Mapping
	for i := range many {
		rows = append(rows, mapped(fmt.Sprintf("%043d", i), "2027-11-30"))
	}
	d := judged(&evidence{subjects: []*subject{signer("prod", rows[many-1].CertificateID)}, lists: []*list{{account, clientID, "prod", rows}}}, policy)
	if len(d.Certificates) != many || *d.Certificates[0].CertificateID != rows[many-1].CertificateID || *d.Lists[0].Active != many {
		t.Error(len(d.Certificates), *d.Certificates[0].CertificateID)
	}
	checkDocument(t, d)
}
