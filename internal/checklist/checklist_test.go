package checklist

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
)

const (
	clientID  = "1c341c341c341c341c341c341c341c341c341c341c341c341c341c341c341c34"
	someID    = "NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA"
	anotherID = "JxPdBoMLNDY0MhTKe6ob1X7pszSH86lzZI8qXHwVnKk"
)

// list is the checklist for flags, judged by the profile's own findings and results.
func list(t *testing.T, flags map[string]string, results ...finding.Result) *List {
	t.Helper()
	in := profile.Input{Flags: map[string][]string{}, LookupEnv: func(string) (string, bool) { return "", false }}
	for name, value := range flags {
		in.Flags[name] = []string{value}
	}
	p, err := profile.Resolve(in)
	if err != nil {
		t.Fatal(err)
	}
	results = append(results, finding.Result{ID: finding.CheckProfile, Findings: p.Findings(), Facts: p.Facts()})
	return New(p, results, finding.Tool{Name: "nsauth"}, time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC))
}

func (l *List) state(t *testing.T, id string) finding.ChecklistItem {
	t.Helper()
	items := l.Document().Items
	i := l.index(items, id)
	if i < 0 {
		t.Fatalf("there is no item %s", id)
	}
	return items[i]
}

func (l *List) expect(t *testing.T, id string, state finding.ItemState, by finding.ReadBy, code finding.Code) {
	t.Helper()
	i := l.state(t, id)
	gotBy, gotCode := finding.ReadBy(""), finding.Code("")
	if i.By != nil {
		gotBy = *i.By
	}
	if i.Code != nil {
		gotCode = *i.Code
	}
	if i.State != state || gotBy != by || gotCode != code {
		t.Errorf("%s: %s by %q, code %q; want %s by %q, code %q", id, i.State, gotBy, gotCode, state, by, code)
	}
	if wrong := i.State == finding.ItemWrong; wrong && i.Fix == nil {
		t.Errorf("%s is wrong, and nothing says what to do", id)
	}
}

func certificate(codes ...finding.Code) finding.Result {
	r := finding.Result{ID: finding.CheckCertificate, Facts: finding.CertificateFacts{}}
	for _, code := range codes {
		r.Findings = append(r.Findings, catalog.New(code, nil))
	}
	return r
}

func computed(id string, status finding.Status, codes ...finding.Code) finding.Result {
	r := certificate(codes...)
	r.ID, r.Status, r.Facts = finding.CheckCertificateID, status, finding.CertificateIDFacts{Computed: &id}
	return r
}

// Without anything given, everything is open, and each page has an item.
func TestNothingGiven(t *testing.T) {
	l := list(t, nil)
	doc := l.Document()
	if n := len(doc.Items); n < 20 || doc.Summary.Open != n || doc.ExitCode != 0 {
		t.Errorf("%d items, %+v, exit code %d", n, doc.Summary, doc.ExitCode)
	}
	pages := map[string]bool{}
	for _, i := range doc.Items {
		pages[i.Page] = true
		if i.UIURL != nil {
			t.Errorf("%s has the address %s of an unknown account", i.ID, *i.UIURL)
		}
		if strings.ContainsAny(i.Question+i.Look, "{}[]") || i.Question == "" || i.Look == "" {
			t.Errorf("%s: %q, %q", i.ID, i.Question, i.Look)
		}
	}
	for _, page := range []string{"company-urls", "features", "integrations", "roles", "employees", "certificate", "mapping", "assertion", "request"} {
		if !pages[page] {
			t.Errorf("no item is on the page %s", page)
		}
	}
	// Each question of the doctor about the account is an item.
	for _, q := range catalog.Questions() {
		if slices.Contains([]string{"worked-before", "audit-detail", "sandbox-refreshed"}, q.ID) {
			continue
		}
		l.state(t, q.ID)
	}
	for id, only := range map[string]map[string]string{"sandbox-refreshed": {"account": "1234567_SB1"}, "web-services-only": {"scope": "restlets"}} {
		if l.index(doc.Items, id) >= 0 {
			t.Errorf("%s is there for all", id)
		}
		list(t, only).state(t, id)
	}
}

func TestWhatWasGivenIsJudged(t *testing.T) {
	const nsauth, ok, wrong, open = finding.ReadByNsauth, finding.ItemOK, finding.ItemWrong, finding.ItemOpen
	l := list(t, map[string]string{"account": "1234567", "client-id": clientID, "certificate-id": someID, "scope": "restlets"},
		certificate(), computed(someID, finding.Pass))
	for _, id := range []string{"account-id", "client-id-form", "certificate-id-form", "certificate-id-computed", "key-type",
		"certificate-file", "certificate-dates", "certificate-validity", "assertion-scope"} {
		l.expect(t, id, ok, nsauth, "")
	}
	l.expect(t, "key-pair", open, "", "")
	if i := l.state(t, "mapping-row"); i.UIURL == nil || !strings.HasPrefix(*i.UIURL, "https://1234567.app.netsuite.com/") || !strings.Contains(i.Look, someID) {
		t.Errorf("%+v", i)
	}

	l = list(t, map[string]string{"account": "no-account", "client-id": "1C61CD58-044D-497A-AA29-7A3E9A9BB924", "certificate-id": "custcertificate1"},
		certificate("certificate.expired", "certificate.validity-too-long"), computed(someID, finding.Skip))
	l.expect(t, "account-id", wrong, nsauth, "profile.account-id-unfamiliar")
	l.expect(t, "client-id-form", wrong, nsauth, "profile.client-id-is-application-id")
	l.expect(t, "certificate-id-form", wrong, nsauth, "assertion.kid-is-script-id")
	l.expect(t, "certificate-id-computed", open, "", "")
	l.expect(t, "certificate-dates", wrong, nsauth, "certificate.expired")
	l.expect(t, "certificate-validity", ok, nsauth, "certificate.validity-too-long")
	doc := l.Document()
	if doc.ExitCode != finding.ExitFail || doc.Summary.Wrong != 4 || !strings.Contains(doc.Headline, "4 wrong") {
		t.Errorf("%d, %+v, %q", doc.ExitCode, doc.Summary, doc.Headline)
	}
	// A default is not given, a key's warning says nothing about the pair, and what cannot be read is not in order.
	l = list(t, nil, finding.Result{ID: finding.CheckKey, Facts: finding.KeyFacts{}, Findings: []finding.Finding{catalog.New("key.readable-by-others", nil)}},
		finding.Result{ID: finding.CheckCertificate, Findings: []finding.Finding{catalog.New("certificate.unreadable", nil)}})
	l.expect(t, "assertion-scope", open, "", "")
	l.expect(t, "key-type", ok, nsauth, "")
	l.expect(t, "key-pair", open, "", "")
	l.expect(t, "certificate-file", wrong, nsauth, "certificate.unreadable")
	l.expect(t, "certificate-dates", open, "", "")
	// An accepted finding is not wrong.
	accepted := certificate("certificate.expired")
	accepted.Findings[0].Accepted = true
	list(t, nil, accepted).expect(t, "certificate-dates", ok, nsauth, "")
}

func TestAnswers(t *testing.T) {
	const person, ok, wrong = finding.ReadByPerson, finding.ItemOK, finding.ItemWrong
	for _, tt := range []struct {
		id    string
		reply diagnosis.Reply
		state finding.ItemState
		code  finding.Code
	}{
		{"grant", diagnosis.Yes, ok, ""},
		{"grant", diagnosis.No, wrong, "setup.grant-not-enabled"},
		{"grant", diagnosis.DontKnow, finding.ItemNotSeen, ""},
		{"sandbox-refreshed", diagnosis.No, ok, ""},
		{"sandbox-refreshed", diagnosis.Yes, wrong, "setup.sandbox-refreshed"},
		{"assertion-algorithm", diagnosis.Yes, ok, ""},
		{"assertion-algorithm", diagnosis.No, wrong, "assertion.alg-deprecated"},
		{"request-url", diagnosis.No, wrong, ""},
		{"own-role", diagnosis.No, ok, "role.administrator"},
		{"tba-permission", diagnosis.No, ok, ""},
		{"tba-permission", diagnosis.Yes, ok, ""},
	} {
		l := list(t, map[string]string{"account": "1234567_SB1"})
		l.Answer(diagnosis.Answer{Question: diagnosis.QuestionID(tt.id), Reply: tt.reply})
		l.expect(t, tt.id, tt.state, person, tt.code)
		i := l.state(t, tt.id)
		if i.Answer == nil || *i.Answer != string(tt.reply) {
			t.Errorf("%s: answer %v", tt.id, i.Answer)
		}
		if advice := tt.state == ok && tt.reply == diagnosis.No && tt.id != "sandbox-refreshed"; (i.Fix != nil) != (tt.state == wrong || advice) {
			t.Errorf("%s %s: fix %v", tt.id, tt.reply, i.Fix)
		}
		if (l.Document().ExitCode == finding.ExitFail) != (tt.state == wrong) {
			t.Errorf("%s %s: exit code %d", tt.id, tt.reply, l.Document().ExitCode)
		}
	}
}

// What is best fixed first comes next, whichever page is first.
func TestNext(t *testing.T) {
	l := list(t, map[string]string{"account": "1234567"}, certificate("certificate.expired"))
	l.Answer(diagnosis.Answer{Question: "features", Reply: diagnosis.No})
	if next := l.Document().Next; next == nil || next.Summary != *l.state(t, "certificate-dates").Fix || len(next.Commands) == 0 {
		t.Errorf("%+v", next)
	}
	l = list(t, map[string]string{"account": "1234567"}, certificate())
	if next := l.Document().Next; next == nil || *next.UIPath != *l.state(t, "account-host").UIPath {
		t.Errorf("%+v", next)
	}
	l.Answer(diagnosis.Answer{Question: "features", Reply: diagnosis.No})
	if next := l.Document().Next; next.Summary != *l.state(t, "features").Fix || *next.UIPath != *l.state(t, "features").UIPath {
		t.Errorf("%+v", next)
	}
}

// Each item of each kind can be answered no, and then says what to do.
func TestEveryItemHasARemedy(t *testing.T) {
	l := list(t, map[string]string{"account": "1234567_SB1", "scope": "restlets"})
	for _, i := range l.Document().Items {
		reply := diagnosis.No
		if i.ID == "sandbox-refreshed" {
			reply = diagnosis.Yes
		}
		l.Answer(diagnosis.Answer{Question: diagnosis.QuestionID(i.ID), Reply: reply})
		if got := l.state(t, i.ID); got.Fix == nil || strings.ContainsAny(*got.Fix, "{}[]") {
			t.Errorf("%s: %+v", i.ID, got)
		}
	}
}

// The row of the mapping decides other items too.
func TestMappingRow(t *testing.T) {
	const person = finding.ReadByPerson
	row := func(l *List, reply diagnosis.Reply, text string) *List {
		l.Answer(diagnosis.Answer{Question: "mapping-row", Reply: reply, Text: text})
		return l
	}
	sandbox := func(flags ...string) map[string]string {
		m := map[string]string{"account": "1234567_SB1"}
		for i := 0; i < len(flags); i += 2 {
			m[flags[i]] = flags[i+1]
		}
		return m
	}
	configured := []finding.Result{{ID: finding.CheckCertificateID, Status: finding.Skip, Facts: finding.CertificateIDFacts{Configured: new(someID)}}}

	l := row(list(t, sandbox("certificate-id", someID), configured...), diagnosis.Pasted, someID)
	l.expect(t, "mapping-row", finding.ItemOK, person, "")
	l.expect(t, "sandbox-refreshed", finding.ItemOK, person, "") // not asked any more
	l = row(list(t, sandbox("certificate-id", someID), configured...), diagnosis.Pasted, anotherID)
	l.expect(t, "mapping-row", finding.ItemWrong, person, "certificate-id.mismatch")
	l.expect(t, "sandbox-refreshed", finding.ItemOpen, "", "")

	// Without a configured ID, the page is where it is read; a certificate tells which it should be.
	row(list(t, sandbox()), diagnosis.Pasted, someID).expect(t, "mapping-row", finding.ItemOK, person, "")
	row(list(t, sandbox(), computed(someID, finding.Skip)), diagnosis.Pasted, someID).expect(t, "mapping-row", finding.ItemOK, person, "")
	row(list(t, sandbox(), computed(someID, finding.Skip)), diagnosis.Pasted, anotherID).expect(t, "mapping-row", finding.ItemWrong, person, "setup.mapping-missing")

	// No row: what is about the row is not asked.
	l = row(list(t, sandbox()), diagnosis.No, "")
	l.expect(t, "mapping-row", finding.ItemWrong, person, "setup.mapping-missing")
	for {
		q, _, more := l.Ask()
		if !more {
			break
		}
		if q.ID == "mapping-valid" || q.ID == "mapping-names" || q.ID == "mapping-row" {
			t.Errorf("%s is asked", q.ID)
		}
		l.Answer(diagnosis.Answer{Question: q.ID, Reply: diagnosis.DontKnow})
	}
	if doc := l.Document(); doc.Summary.Open != 2 || doc.Summary.NotSeen == 0 || doc.Next.Summary != *l.state(t, "mapping-row").Fix {
		t.Errorf("%+v, %+v", doc.Summary, doc.Next)
	}
}

// All items answered in their order; back drops the last answer.
func TestAsk(t *testing.T) {
	l := list(t, nil)
	if l.Back() {
		t.Error("there is an answer to drop")
	}
	var ids []diagnosis.QuestionID
	for {
		q, i, more := l.Ask()
		if !more {
			break
		}
		if string(q.ID) != i.ID || q.Ask == "" || (q.Menu == "") != (i.UIPath == nil) {
			t.Fatalf("%+v, %+v", q, i)
		}
		ids = append(ids, q.ID)
		reply := diagnosis.Yes
		if q.Kind == diagnosis.CertificateID {
			reply = diagnosis.Pasted
		}
		l.Answer(diagnosis.Answer{Question: q.ID, Reply: reply, Text: someID})
	}
	doc := l.Document()
	if len(ids) != len(doc.Items) || doc.Summary.OK != len(doc.Items) || doc.ExitCode != 0 || doc.Next == nil {
		t.Errorf("%d asked of %d, %+v, next %+v", len(ids), len(doc.Items), doc.Summary, doc.Next)
	}
	if !l.Back() {
		t.Fatal("no answer to drop")
	}
	if q, _, more := l.Ask(); !more || q.ID != ids[len(ids)-1] {
		t.Errorf("after back: %s", q.ID)
	}
	l.Answer(diagnosis.Answer{Question: diagnosis.AskDetail, Reply: diagnosis.Pasted, Text: "MissingKey"}) // no item: ignored
	if l.Document().Summary.Open != 1 {
		t.Errorf("%+v", l.Document().Summary)
	}
}
