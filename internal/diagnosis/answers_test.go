package diagnosis_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
)

const (
	shownID = "NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA" // of the healthy run
	otherID = "HRriAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFgks"
)

// person answers the questions: the cause in their account, the Certificate ID
// that its page shows, and the Detail, where there is an entry.
type person struct {
	cause  finding.Code
	row    string
	detail string
	unsure bool
}

// faults are the questions of yes and no, with the cause that each is about.
var faults = map[diagnosis.QuestionID]struct {
	code  finding.Code
	reply diagnosis.Reply
}{
	"sandbox-refreshed":   {"setup.sandbox-refreshed", diagnosis.Yes},
	"mapping-valid":       {"setup.certificate-revoked", diagnosis.No},
	"integration-enabled": {"setup.integration-disabled", diagnosis.No},
	"client-id":           {"setup.integration-unknown", diagnosis.No},
	"grant":               {"setup.grant-not-enabled", diagnosis.No},
	"scopes":              {"setup.scope-not-enabled", diagnosis.No},
	"features":            {"setup.features-disabled", diagnosis.No},
	"role-and-entity":     {"setup.role-or-entity-inactive", diagnosis.No},
	"login-permission":    {"setup.login-permission-missing", diagnosis.No},
	"rest-permission":     {"api.permission-missing", diagnosis.No},
	"workbook-permission": {"api.workbook-permission-missing", diagnosis.No},
}

func (who person) answer(t *testing.T, q diagnosis.Question) diagnosis.Answer {
	t.Helper()
	a := diagnosis.Answer{Question: q.ID, Reply: diagnosis.DontKnow}
	fault, yesNo := faults[q.ID]
	switch {
	case q.Ask == "" || q.Look == "" || q.Menu == "" && q.ID != diagnosis.AskWorked || strings.ContainsAny(q.Ask+q.Look, "{}[]"):
		t.Fatalf("%s: ask %q, look %q, menu %q", q.ID, q.Ask, q.Look, q.Menu)
	case q.ID == diagnosis.AskWorked: // nobody knows
		return a
	case yesNo != (q.Kind == diagnosis.YesNo):
		t.Fatalf("%s is of kind %s", q.ID, q.Kind)
	case who.unsure:
	case yesNo && who.cause == fault.code:
		a.Reply = fault.reply
	case yesNo && fault.reply == diagnosis.Yes:
		a.Reply = diagnosis.No
	case yesNo:
		a.Reply = diagnosis.Yes
	case q.Kind == diagnosis.CertificateID && who.row != "":
		a.Reply, a.Text = diagnosis.Pasted, who.row
	case q.Kind == diagnosis.AuditDetail && who.detail != "":
		a.Reply, a.Text = diagnosis.Pasted, who.detail
	default:
		a.Reply = diagnosis.No
	}
	return a
}

// interview asks until there is no question left.
func interview(t *testing.T, results []finding.Result, c diagnosis.Context, who person) (asked []string, d *finding.Diagnosis) {
	t.Helper()
	for {
		q, more := diagnosis.Next(results, c)
		if !more {
			return asked, diagnosis.Diagnose(results, c)
		}
		if slices.Contains(asked, string(q.ID)) {
			t.Fatalf("%s is asked twice: %v", q.ID, asked)
		}
		asked = append(asked, string(q.ID))
		before := diagnosis.Diagnose(results, c)
		c.Answers = append(slices.Clone(c.Answers), who.answer(t, q))
		after := diagnosis.Diagnose(results, c)
		if a := c.Answers[len(c.Answers)-1]; a.Reply == diagnosis.DontKnow {
			if diff := cmp.Diff(before.Causes, after.Causes); diff != "" {
				t.Fatalf("%s: not knowing changed the causes:\n%s", q.ID, diff)
			}
		}
		checkDiagnosis(t, run{name: string(q.ID), results: results}, after)
	}
}

// Somebody who answers truthfully gets to the cause, and nothing is called certain.
func TestQuestionsLeadToTheCause(t *testing.T) {
	sandbox := diagnosis.Context{Sandbox: true}
	allowed := refused("token.server-error")
	call := but(found(finding.CheckAPI, "api.invalid-login"))
	workbook := but(found(finding.CheckAPI, "api.workbook-permission-missing"))
	mismatch := refused("token.server-error", with(found(finding.CheckCertificateID, "certificate-id.mismatch"),
		finding.CertificateIDFacts{Configured: new(otherID), Computed: new(shownID)}))
	lying := refused("token.server-error", with(found(finding.CheckCertificateID, "certificate-id.belongs-to-other-file"),
		finding.CertificateIDFacts{Configured: new(otherID), Computed: new(shownID)}))
	noFile := refused("token.server-error", finding.Result{ID: finding.CheckCertificateID, Status: finding.Skip},
		with(found(finding.CheckAssertion), finding.AssertionFacts{Header: map[string]any{"kid": otherID}}))
	every := "mapping-row mapping-valid integration-enabled client-id grant scopes features role-and-entity login-permission audit-detail"
	for _, tt := range []struct {
		name    string
		results []finding.Result
		context diagnosis.Context
		who     person
		asked   string
		first   string
	}{
		{name: "refreshed", results: allowed, context: sandbox, who: person{cause: "setup.sandbox-refreshed"}, asked: "sandbox-refreshed", first: "setup.sandbox-refreshed likely"},
		{name: "no row", results: allowed, asked: "mapping-row", first: "setup.mapping-missing likely"},
		{name: "no row, sandbox", results: allowed, context: sandbox, asked: "sandbox-refreshed mapping-row", first: "setup.mapping-missing likely"},
		{name: "another certificate's row", results: allowed, who: person{row: otherID}, asked: "mapping-row", first: "setup.mapping-missing likely"},
		{name: "the row of this certificate, another ID configured", results: mismatch, who: person{row: shownID}, asked: "mapping-row", first: "certificate-id.mismatch likely"},
		{name: "the row that is configured, another certificate file", results: mismatch, who: person{row: otherID}, asked: "mapping-row", first: "certificate-id.mismatch likely"},
		{name: "the row of this certificate, the ID of another file configured", results: lying, who: person{row: shownID}, asked: "mapping-row", first: "certificate-id.belongs-to-other-file likely"},
		{name: "the row that is configured, of another file", results: lying, who: person{row: otherID}, asked: "mapping-row", first: "certificate-id.belongs-to-other-file likely"},
		{name: "no certificate file, another ID", results: noFile, who: person{row: shownID}, asked: "mapping-row", first: "certificate-id.mismatch likely"},
		{name: "no certificate file, the ID that was sent", results: noFile, who: person{row: otherID, cause: "setup.integration-disabled"},
			asked: "mapping-row mapping-valid integration-enabled", first: "setup.integration-disabled likely"},
		{name: "revoked", results: allowed, who: person{row: shownID, cause: "setup.certificate-revoked"}, asked: "mapping-row mapping-valid", first: "setup.certificate-revoked likely"},
		{name: "not enabled", results: allowed, who: person{row: shownID, cause: "setup.integration-disabled"},
			asked: "mapping-row mapping-valid integration-enabled", first: "setup.integration-disabled likely"},
		{name: "log-in permission", results: allowed, who: person{row: shownID, cause: "setup.login-permission-missing"},
			asked: strings.TrimSuffix(every, " audit-detail"), first: "setup.login-permission-missing likely"},
		{name: "worked before: what changes by itself is asked first", results: allowed, context: diagnosis.Context{Worked: &diagnosis.Worked{}},
			who: person{row: shownID, cause: "setup.role-or-entity-inactive"}, asked: "mapping-valid role-and-entity", first: "setup.role-or-entity-inactive likely"},
		{name: "everything is in order", results: allowed, who: person{row: shownID},
			asked: strings.TrimSuffix(every, " audit-detail"), first: "token.server-error possible"},
		{name: "nobody knows, but the trail has an entry", results: allowed, who: person{unsure: true}, asked: every, first: "setup.mapping-missing possible"},
		{name: "the trail is known from the start", results: allowed, context: diagnosis.Context{AuditDetail: "FeatureDisabled"}, asked: "", first: "setup.features-disabled likely"},
		{name: "the trail leaves two", results: allowed, context: diagnosis.Context{AuditDetail: "MissingKey"},
			who: person{row: shownID, cause: "setup.certificate-revoked"}, asked: "mapping-row", first: "setup.certificate-revoked likely"},
		{name: "the trail leaves a role", results: allowed, context: diagnosis.Context{AuditDetail: "EntityOrRoleDisabled"},
			who: person{cause: "setup.login-permission-missing"}, asked: "role-and-entity", first: "setup.login-permission-missing likely"},
		{name: "a refused call", results: call, who: person{cause: "api.permission-missing"}, asked: "login-permission rest-permission", first: "api.permission-missing likely"},
		{name: "a refused call, all in order", results: call, asked: "login-permission rest-permission role-and-entity features", first: "api.invalid-login possible"},
		{name: "the misleading 400", results: workbook, who: person{cause: "setup.login-permission-missing"},
			asked: "workbook-permission login-permission", first: "setup.login-permission-missing likely"},

		{name: "a proof needs no question", results: refused("token.server-error", found(finding.CheckKey, "key.rsa-too-small")), first: "key.rsa-too-small certain"},
		{name: "the network needs no question", results: unsent(found(finding.CheckNetwork, "network.timeout")), first: "network.timeout certain"},
		{name: "maintenance needs no question", results: refused("token.unavailable"), first: "token.unavailable certain"},
		{name: "another server needs no question", results: refused("token.invalid-client"), context: diagnosis.Context{Foreign: true}, first: "token.invalid-client possible"},
		{name: "nothing was sent", results: but(found(finding.CheckCertificateID, "certificate-id.mismatch"), finding.Result{ID: finding.CheckToken, Status: finding.Skip}),
			first: "certificate-id.mismatch possible"},
		{name: "a permission that NetSuite names", results: but(found(finding.CheckAPI, "api.permission-missing")), first: "api.permission-missing certain"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked, d := interview(t, tt.results, tt.context, tt.who)
			rest := asked
			if len(asked) > 0 && asked[0] == string(diagnosis.AskWorked) { // of token requests, where nobody said it
				rest = asked[1:]
			}
			if got := strings.Join(rest, " "); got != tt.asked {
				t.Errorf("asked %q\n want %q", got, tt.asked)
			}
			if got := brief(d)[0]; got != tt.first {
				t.Errorf("first cause %q, want %q; %v", got, tt.first, brief(d))
			}
			given := len(asked)
			if tt.context.AuditDetail != "" {
				given++
			}
			if len(d.Answers) != given {
				t.Errorf("%d answers in the diagnosis, want %d", len(d.Answers), given)
			}
			for _, c := range d.Causes {
				if c.Confidence == finding.Certain && given > 0 {
					t.Errorf("%s became certain by an answer", c.Code)
				}
			}
		})
	}
}

// Whether it worked before is asked first where nobody knows, and orders the causes.
func TestWorkedBeforeIsAnAnswer(t *testing.T) {
	results := refused("token.server-error")
	answers := []diagnosis.Answer{{Question: diagnosis.AskWorked, Reply: diagnosis.Yes}}
	for _, tt := range []struct {
		name    string
		results []finding.Result
		context diagnosis.Context
		next    diagnosis.QuestionID
	}{
		{"nobody knows", results, diagnosis.Context{}, diagnosis.AskWorked},
		{"it is known", results, diagnosis.Context{Worked: &diagnosis.Worked{By: finding.WorkedByGiven}}, "mapping-valid"},
		{"it was answered", results, diagnosis.Context{Answers: answers}, "mapping-valid"},
		{"it never did", results, diagnosis.Context{Answers: []diagnosis.Answer{{Question: diagnosis.AskWorked, Reply: diagnosis.No}}}, "mapping-row"},
		{"the audit trail tells more", results, diagnosis.Context{AuditDetail: "MissingKey"}, "mapping-row"},
		{"a token was issued", but(found(finding.CheckAPI, "api.invalid-login")), diagnosis.Context{}, "login-permission"},
	} {
		if q, ok := diagnosis.Next(tt.results, tt.context); !ok || q.ID != tt.next {
			t.Errorf("%s: %v is asked, want %s", tt.name, q.ID, tt.next)
		}
	}
	d := diagnosis.Diagnose(results, diagnosis.Context{Answers: answers})
	if d.Worked == nil || d.Worked.By != finding.WorkedByAnswered || d.Causes[0].Code != "setup.certificate-revoked" || d.Causes[0].Confidence != finding.Possible {
		t.Errorf("%+v, %v", d.Worked, brief(d))
	}
}

// Each question can be asked, and each of its replies does what it says.
func TestEveryReply(t *testing.T) {
	runs := map[diagnosis.QuestionID][]finding.Result{
		"rest-permission":     but(found(finding.CheckAPI, "api.invalid-login")),
		"workbook-permission": but(found(finding.CheckAPI, "api.workbook-permission-missing")),
	}
	for id, fault := range faults {
		results := runs[id]
		if results == nil {
			results = refused("token.server-error")
		}
		say := func(r diagnosis.Reply) *finding.Diagnosis {
			return diagnosis.Diagnose(results, diagnosis.Context{Sandbox: true, Answers: []diagnosis.Answer{{Question: id, Reply: r}}})
		}
		ifFault, ifOK := diagnosis.Yes, diagnosis.No
		if fault.reply == diagnosis.No {
			ifFault, ifOK = ifOK, ifFault
		}
		if d := say(ifFault); d.Causes[0].Code != fault.code || d.Causes[0].Confidence != finding.Likely ||
			!strings.Contains(d.Causes[0].Because, "as answered by a person; not proven") {
			t.Errorf("%s %s: %+v", id, ifFault, d.Causes[0])
		}
		if d := say(ifOK); ruledOut(d)[fault.code] == "" || !strings.Contains(ruledOut(d)[fault.code], "as answered by a person; not proven") {
			t.Errorf("%s %s: ruled out %v, causes %v", id, ifOK, ruledOut(d), brief(d))
		}
		if d := say(diagnosis.DontKnow); ruledOut(d)[fault.code] != "" || !strings.Contains(strings.Join(brief(d), " "), string(fault.code)+" possible") {
			t.Errorf("%s, not known: %v", id, brief(d))
		}
	}
}

// What was measured outranks what was answered, and a proof stays the answer.
func TestMeasurementsOutrankAnswers(t *testing.T) {
	disabled := []diagnosis.Answer{{Question: "integration-enabled", Reply: diagnosis.No}}
	d := diagnosis.Diagnose(but(found(finding.CheckAPI, "api.invalid-login")), diagnosis.Context{Answers: disabled})
	if got := ruledOut(d)["setup.integration-disabled"]; !strings.HasPrefix(got, "a token was issued") || strings.Contains(strings.Join(brief(d), " "), "integration-disabled") {
		t.Errorf("%q; %v", got, brief(d))
	}
	d = diagnosis.Diagnose(refused("token.server-error", found(finding.CheckKey, "key.rsa-too-small")), diagnosis.Context{Answers: disabled})
	if diff := cmp.Diff([]string{"key.rsa-too-small certain", "token.server-error likely <- key.rsa-too-small"}, brief(d)); diff != "" {
		t.Error(diff)
	}
	d = diagnosis.Diagnose(unsent(found(finding.CheckNetwork, "network.timeout")), diagnosis.Context{Answers: disabled})
	if len(d.Answers) != 1 || strings.Contains(strings.Join(brief(d), " "), "setup.") || ruledOut(d)["setup.integration-disabled"] != "" {
		t.Errorf("an answer beside a network fault: %v", brief(d))
	}
}

// The order of answers never changes the causes, one that excludes a cause never
// raises it, and none makes a cause certain.
func TestAnswersOfAnyKind(t *testing.T) {
	if testing.Short() {
		t.Skip("every combination of answers")
	}
	random := rand.New(rand.NewPCG(3, 4))
	replies := []diagnosis.Reply{diagnosis.Yes, diagnosis.No, diagnosis.DontKnow, diagnosis.Pasted, "nonsense"}
	texts := []string{"", shownID, otherID, "MissingKey", "EntityOrRoleDisabled", "InvalidState", "x"}
	ids := []diagnosis.QuestionID{"mapping-row", diagnosis.AskDetail, "nonsense"}
	for id := range faults {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	grade := map[finding.Confidence]int{finding.Certain: 3, finding.Likely: 2, finding.Possible: 1}
	for _, r := range append(runs(), randomRuns(random, 60)...) {
		certain := strings.Count(strings.Join(brief(diagnosis.Diagnose(r.results, r.context)), "\n"), " certain")
		random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		for _, id := range ids[:random.IntN(len(ids))] {
			r.context.Answers = append(r.context.Answers, diagnosis.Answer{Question: id, Reply: replies[random.IntN(len(replies))], Text: texts[random.IntN(len(texts))]})
		}
		d := diagnosis.Diagnose(r.results, r.context)
		if d == nil {
			continue
		}
		checkDiagnosis(t, r, d)
		if now := strings.Count(strings.Join(brief(d), "\n"), " certain"); now != certain {
			t.Errorf("%s: %d causes are certain, without the answers %d", r.name, now, certain)
		}
		turned := r.context
		turned.Answers = slices.Clone(turned.Answers)
		slices.Reverse(turned.Answers)
		if diff := cmp.Diff(brief(d), brief(diagnosis.Diagnose(r.results, turned))); diff != "" {
			t.Errorf("%s: the order of the answers matters: %v\n%s", r.name, r.context.Answers, diff)
		}
		for id, fault := range faults {
			more := r.context
			more.Answers = append(slices.Clone(more.Answers), diagnosis.Answer{Question: id, Reply: map[diagnosis.Reply]diagnosis.Reply{diagnosis.Yes: diagnosis.No, diagnosis.No: diagnosis.Yes}[fault.reply]})
			of := func(d *finding.Diagnosis) int {
				for _, c := range d.Causes {
					if c.Code == fault.code {
						return grade[c.Confidence]
					}
				}
				return 0
			}
			if before, after := of(d), of(diagnosis.Diagnose(r.results, more)); after > before {
				t.Errorf("%s: %s is raised by the answer that excludes it", r.name, fault.code)
			}
		}
	}
}

func TestAnswered(t *testing.T) {
	yes := func(ids ...diagnosis.QuestionID) []diagnosis.Answer {
		var list []diagnosis.Answer
		for _, id := range ids {
			list = append(list, diagnosis.Answer{Question: id, Reply: diagnosis.Yes})
		}
		return list
	}
	for _, tt := range []struct {
		id      finding.CheckID
		answers []diagnosis.Answer
		want    bool
	}{
		{finding.CheckFeatures, nil, false},
		{finding.CheckFeatures, yes("features"), true},
		{finding.CheckFeatures, []diagnosis.Answer{{Question: "features", Reply: diagnosis.No}}, false},
		{finding.CheckFeatures, []diagnosis.Answer{{Question: "features", Reply: diagnosis.DontKnow}}, false},
		{finding.CheckIntegration, yes("integration-enabled", "grant"), false},
		{finding.CheckIntegration, yes("integration-enabled", "grant", "scopes", "client-id"), true},
		{finding.CheckToken, yes("integration-enabled"), false},
	} {
		if got := diagnosis.Answered(tt.id, tt.answers); got != tt.want {
			t.Errorf("%s by %v: %t", tt.id, tt.answers, got)
		}
	}
}
