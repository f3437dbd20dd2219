package certificates

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/rotation"
	"github.com/nsauth/nsauth/internal/testkit"
)

var update = flag.Bool("update", false, "write the golden files")

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// policy is that of --within 30d.
var policy = Policy{Now: noon, WithinDays: 30}

const (
	account  = "1234567"
	clientID = "1c341c341c341c341c341c341c341c341c341c341c341c341c341c341c341c34"
)

func certificate(t testing.TB, name string) *keys.Certificate {
	t.Helper()
	data, err := os.ReadFile("../../testdata/keys/" + name + "-cert.pem")
	if err != nil {
		t.Fatal(err)
	}
	c, err := keys.ParseCertificate(data)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// mapped is a row of NetSuite's list.
func mapped(id, until string) mapping.Mapping {
	return mapping.Mapping{CertificateID: id, Application: mapping.Record{ID: "1", Name: "Web shop"}, Role: mapping.Record{ID: "1000", Name: "API"},
		Entity: mapping.Record{ID: "-5", Name: "A. Admin"}, Created: "2026-01-30", ValidFrom: "2026-01-30", ValidUntil: until, Algorithm: "EC"}
}

func signer(name, id string) *subject {
	return &subject{Profile: Profile{Name: name, State: Read, Account: new(account), ClientID: new(clientID), CertificateID: finding.Optional(id)}}
}

func withFiles(certificates ...*keys.Certificate) files {
	f := files{}
	for i, c := range certificates {
		f.add(c, fmt.Sprintf("/etc/nsauth/%d.pem", i))
	}
	return f
}

// judged is the inventory of what was read.
func judged(e *evidence, p Policy) *Document {
	g := &gatherer{evidence: *e, options: Options{Policy: p}}
	rows := append(g.join(p), g.strays(p)...)
	d := g.document("inventory", append(rows, g.unmapped(rows, p)...))
	d.judgeUse(&cli.App{}, func(string) bool { return true })
	d.judgeLimit()
	d.judgeAll(p)
	d.conclude()
	return d
}

// The state of a certificate that a profile signs with, by what the list and the file say.
func TestStates(t *testing.T) {
	good, over := certificate(t, "ec-p256"), certificate(t, "ec-p256-expired")
	revoked := func(m mapping.Mapping) mapping.Mapping { m.Revoked = true; return m }
	for _, tt := range []struct {
		name  string
		rows  []mapping.Mapping // nil: not read
		id    string
		files files
		want  State
		days  string
		exit  int
	}{
		{"far away", []mapping.Mapping{mapped("A", "2027-11-30")}, "A", nil, Active, "366", 0},
		{"a day beyond --within", []mapping.Mapping{mapped("A", "2026-12-31")}, "A", nil, Active, "32", 0},
		{"within", []mapping.Mapping{mapped("A", "2026-12-29")}, "A", nil, Due, "30", 4},
		{"the last day", []mapping.Mapping{mapped("A", "2026-11-30")}, "A", nil, Due, "1", 4},
		{"yesterday was the last day, in the west it still is", []mapping.Mapping{mapped("A", "2026-11-29")}, "A", nil, Expired, "0", 1},
		{"over", []mapping.Mapping{mapped("A", "2026-11-28")}, "A", nil, Expired, "-1", 1},
		{"revoked", []mapping.Mapping{revoked(mapped("A", "2027-11-30"))}, "A", nil, Revoked, "-", 1},
		{"revoked and over", []mapping.Mapping{revoked(mapped("A", "2025-11-30"))}, "A", nil, Revoked, "-", 1},
		{"another one is listed", []mapping.Mapping{mapped("B", "2027-11-30")}, "A", nil, NotListed, "-", 1},
		{"an empty list", []mapping.Mapping{}, "A", nil, NotListed, "-", 1},
		{"not listed, with a file", []mapping.Mapping{}, good.ID(), withFiles(good), NotListed, "639", 1},
		{"no date", []mapping.Mapping{mapped("A", "soon")}, "A", nil, Unknown, "-", 3},
		{"no date, but a file", []mapping.Mapping{mapped(good.ID(), "")}, good.ID(), withFiles(good), Active, "639", 0},
		{"no date, and the file is over", []mapping.Mapping{mapped(over.ID(), "")}, over.ID(), withFiles(over), Expired, "-335", 1},
		{"NetSuite's date is before the file's", []mapping.Mapping{mapped(good.ID(), "2026-12-10")}, good.ID(), withFiles(good), Due, "11", 4},
		{"not read", nil, "A", nil, Unknown, "-", 3},
		{"not read, with a file", nil, good.ID(), withFiles(good), Unknown, "639", 3},
		{"not read, and the file is over", nil, over.ID(), withFiles(over), Expired, "-335", 1},
		{"a profile without an ID", []mapping.Mapping{mapped("A", "2027-11-30")}, "", nil, Unknown, "-", 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := &list{account: account, clientID: clientID, rows: tt.rows}
			if tt.rows != nil {
				l.readBy = "prod"
			}
			d := judged(&evidence{subjects: []*subject{signer("prod", tt.id)}, lists: []*list{l}, files: tt.files}, policy)
			r := d.Certificates[0]
			if !slices.Equal(r.SignedBy, []string{"prod"}) || r.State != tt.want || days(r) != tt.days || d.ExitCode != tt.exit {
				t.Errorf("%s, %s days, signed by %v, exit code %d; want %s, %s, %d\n%+v", r.State, days(r), r.SignedBy, d.ExitCode, tt.want, tt.days, tt.exit, d.Judgements)
			}
			checkDocument(t, d)
		})
	}
}

// checkDocument checks a document by its schema.
func checkDocument(t testing.TB, d *Document) {
	t.Helper()
	for _, doc := range []*Document{d, report.Mask(d)} {
		var b bytes.Buffer
		if err := report.JSON(&b, doc); err != nil {
			t.Fatal(err)
		}
		if _, err := testkit.Document(b.Bytes()); err != nil {
			t.Errorf("%v\n%s", err, b.Bytes())
		}
	}
}

// A certificate that no profile signs with does not count.
func TestUnusedCertificates(t *testing.T) {
	rows := []mapping.Mapping{mapped("old", "2026-01-01"), mapped("prod", "2027-11-30"), mapped("soon", "2026-12-10"), mapped("older", "2025-01-01"), mapped("next", "2028-01-01")}
	d := judged(&evidence{subjects: []*subject{signer("prod", "prod")}, lists: []*list{{account, clientID, "prod", rows}}}, policy)
	if d.ExitCode != 0 {
		t.Error(d.ExitCode, d.Judgements)
	}
	var order []string
	for _, r := range d.Certificates {
		order = append(order, *r.CertificateID)
	}
	if want := []string{"prod", "soon", "next", "old", "older"}; !slices.Equal(order, want) {
		t.Errorf("%v, want %v", order, want)
	}
}

// The worst of several decides: 1 before 3 before 4.
func TestExitCode(t *testing.T) {
	rows := []mapping.Mapping{mapped("due", "2026-12-10"), mapped("unknown", "x"), mapped("over", "2026-01-01"), mapped("good", "2027-11-30")}
	for _, tt := range []struct {
		ids  string
		want int
	}{{"good", 0}, {"good due", 4}, {"due unknown good", 3}, {"due over unknown", 1}, {"unknown missing", 1}} {
		var subjects []*subject
		for _, id := range strings.Fields(tt.ids) {
			subjects = append(subjects, signer("p-"+id, id))
		}
		d := judged(&evidence{subjects: subjects, lists: []*list{{account, clientID, "p", rows}}}, policy)
		if d.ExitCode != tt.want {
			t.Errorf("%s: %d, want %d", tt.ids, d.ExitCode, tt.want)
		}
	}
}

func kindsOf(d *Document) []string {
	var kinds []string
	for _, j := range d.Judgements {
		kinds = append(kinds, j.Judgement+" "+strings.Join(j.CertificateIDs, ","))
	}
	slices.Sort(kinds)
	return kinds
}

// What only a look at several lists and files shows.
func TestNotes(t *testing.T) {
	good, other, old, rsa := certificate(t, "ec-p256"), certificate(t, "ec-p256-other"), certificate(t, "ec-p256-expired"), certificate(t, "rsa-3072")
	v1 := certificate(t, "ec-p256-v1") // of the key of good
	const far = "2027-11-30"
	sandbox := func(rows ...mapping.Mapping) *list { return &list{"1234567_SB1", clientID, "sb", rows} }
	prod := func(rows ...mapping.Mapping) *list { return &list{account, clientID, "prod", rows} }
	withoutCreated := func(m mapping.Mapping) mapping.Mapping { m.Created = ""; return m }
	revoked := mapped(v1.ID(), far)
	revoked.Revoked = true
	for _, tt := range []struct {
		name  string
		lists []*list
		files files
		age   [2]int
		want  []string
	}{
		{"nothing", []*list{prod(mapped(good.ID(), far))}, withFiles(good), [2]int{}, nil},
		{"a certificate in two accounts", []*list{prod(mapped(good.ID(), far)), sandbox(mapped(good.ID(), far))}, withFiles(good), [2]int{}, []string{"same-certificate " + good.ID()}},
		{"a key in two accounts", []*list{prod(mapped(good.ID(), far)), sandbox(mapped(v1.ID(), far))}, withFiles(good, v1), [2]int{}, []string{"same-key " + good.ID() + "," + v1.ID()}},
		{"the other one is revoked", []*list{prod(mapped(good.ID(), far)), sandbox(revoked)}, withFiles(good, v1), [2]int{}, nil},
		{"the other one is over", []*list{prod(mapped(good.ID(), far), mapped(v1.ID(), "2026-10-01"))}, withFiles(good, v1), [2]int{}, nil},
		{"without a file, the key is not known", []*list{prod(mapped(good.ID(), far), mapped(v1.ID(), far))}, withFiles(good), [2]int{}, []string{"mapping-without-file " + v1.ID()}},
		{"another key", []*list{prod(mapped(good.ID(), far), mapped(other.ID(), far))}, withFiles(good, other), [2]int{}, nil},
		{"a file without mapping", []*list{prod(mapped(good.ID(), far))}, withFiles(good, rsa), [2]int{}, []string{"file-without-mapping " + rsa.ID()}},
		{"no list was read", []*list{{account, clientID, "", nil}}, withFiles(rsa), [2]int{}, nil},
		// The key of ec-p256 has a certificate of 2024, which is over.
		{"an old key", []*list{prod(mapped(good.ID(), far))}, withFiles(good, old), [2]int{12, 0}, []string{"file-without-mapping " + old.ID(), "old-key " + good.ID()}},
		{"not so old", []*list{prod(mapped(good.ID(), far))}, withFiles(good), [2]int{12, 0}, nil},
		{"by days", []*list{prod(mapped(good.ID(), far))}, withFiles(good), [2]int{0, 30}, []string{"old-key " + good.ID()}},
		{"by NetSuite's date", []*list{prod(mapped("A", far))}, nil, [2]int{0, 30}, []string{"mapping-without-file A", "old-key A"}},
		{"no date at all", []*list{prod(func() mapping.Mapping { m := withoutCreated(mapped("A", far)); m.ValidFrom = "x"; return m }())}, nil, [2]int{0, 30}, []string{"mapping-without-file A"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := policy
			p.KeyMonths, p.KeyDays = tt.age[0], tt.age[1]
			d := judged(&evidence{lists: tt.lists, files: tt.files}, p)
			if got := kindsOf(d); !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if d.ExitCode != 0 {
				t.Errorf("exit code %d: notes count for nothing", d.ExitCode)
			}
			checkDocument(t, d)
		})
	}
}

// The limit is that of the integration record, over all roles and entities.
func TestLimit(t *testing.T) {
	var rows []mapping.Mapping
	for i, want := range []string{"", "", "", "limit-near", "limit-reached", "limit-reached"} {
		m := mapped(fmt.Sprint("certificate", i), "2027-11-30")
		m.Role.ID, m.Entity.ID = fmt.Sprint(1000+i), fmt.Sprint(i)
		rows = append(rows, m)
		gone := mapped(fmt.Sprint("gone", i), "2027-11-30")
		gone.Revoked = true
		d := &Document{Lists: judged(&evidence{lists: []*list{{account, clientID, "prod", append([]mapping.Mapping{gone}, rows...)}}}, policy).Lists}
		d.judgeLimit()
		got := ""
		if len(d.Judgements) == 1 {
			got = d.Judgements[0].Judgement
		}
		if got != want {
			t.Errorf("%d active: %q, want %q", i+1, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	const a, b, dash = "NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA", "NPMnXyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA", "-QjavRPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA"
	rows := []Row{{CertificateID: new(a)}, {CertificateID: new(b)}, {}, {CertificateID: new(dash)}, {CertificateID: new(a)}}
	for given, want := range map[string]string{a: a, "NPMnR": a, "NPMnX": b, "-Qja": dash, "NPMnRy…0pqA": a, "NPMnRy...0pqA": a, "NPMn": "", "NPM": "", "npmnr": "", "": "", "…0pqA": "", "NPMnRy…0pqB": "", a + "A": ""} {
		if got, err := (&gatherer{app: &cli.App{}}).find(rows, given); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", given, got, err)
		}
	}
}

// A revocation that a journal notes is shown for its Client ID, unless it is done.
func TestNotedRevocation(t *testing.T) {
	at := time.Date(2026, 12, 7, 8, 0, 0, 0, time.UTC)
	done := mapped("done", "2027-11-30")
	done.Revoked = true
	e := &evidence{subjects: []*subject{signer("prod", "new")}, lists: []*list{{account: account, clientID: clientID, readBy: "prod",
		rows: []mapping.Mapping{mapped("new", "2027-11-30"), mapped("old", "2027-10-30"), done}}}}
	for _, id := range []string{"old", "done"} {
		e.noted = append(e.noted, rotation.Noted{Due: rotation.Due{CertificateID: id, At: at}, Account: account, ClientID: clientID})
	}
	e.noted = append(e.noted, rotation.Noted{Due: rotation.Due{CertificateID: "new", At: at}, Account: account, ClientID: "another"})
	d := judged(e, policy)
	for _, r := range d.Certificates {
		if want := map[string]string{"old": "2026-12-07T08:00:00Z"}[*r.CertificateID]; deref(r.RevokeAfter) != want {
			t.Errorf("%s: %q, want %q", *r.CertificateID, deref(r.RevokeAfter), want)
		}
	}
	d.judgeNoted(&cli.App{ConfigPath: "my config.yaml"})
	n := d.Judgements[len(d.Judgements)-1]
	if n.Judgement != "revocation-noted" || n.Level != Note || !slices.Equal(n.CertificateIDs, []string{"old"}) || !strings.Contains(n.Message, "is to be revoked after 2026-12-07") || !strings.Contains(n.Message, "nsauth cert revoke --config") {
		t.Errorf("%+v", n)
	}
	checkDocument(t, d)
}
