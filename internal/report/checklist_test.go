package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/finding"
)

// exampleChecklist has an item in each state, and one with something worth knowing.
func exampleChecklist() *finding.Checklist {
	doc := &finding.Checklist{SchemaVersion: SchemaVersion, Kind: finding.KindChecklist, Tool: finding.Tool{Name: "nsauth", Version: "test"},
		Command: "checklist", StartedAt: "2026-11-30T08:00:00Z", Profile: &finding.Subject{Name: ptr("prod"), Account: ptr("1234567_SB1")},
		ExitCode: 1, Headline: "1 wrong, 18 of 21 in order, 1 open, 1 not seen", Summary: finding.ChecklistCounts{OK: 18, Wrong: 1, Open: 1, NotSeen: 1},
		Next: &finding.NextStep{Summary: "Tick the *box* <here>.", UIPath: ptr("Setup > Integration > Manage Integrations"), Commands: [][]string{{"nsauth", "certgen"}}}}
	item := func(page string, state finding.ItemState, question string) *finding.ChecklistItem {
		doc.Items = append(doc.Items, finding.ChecklistItem{ID: strings.ReplaceAll(question[:5], " ", "-") + fmt.Sprint(len(doc.Items)), Page: page, Title: "The " + page,
			Question: question, Look: "Look at the page_" + page + ".", State: state, Basis: finding.Official})
		i := &doc.Items[len(doc.Items)-1]
		i.ID = strings.ToLower(i.ID)
		return i
	}
	nsauth, person := finding.ReadByNsauth, finding.ReadByPerson
	for n := range 17 {
		item("account", finding.ItemOK, fmt.Sprintf("First question %d?", n)).By = &nsauth
	}
	worth := item("role", finding.ItemOK, "Is it a role of its own?")
	worth.UIPath, worth.By, worth.Answer, worth.Code, worth.Fix = ptr("Setup > Users/Roles > Manage Roles"), &person, ptr("no"), ptr(finding.Code("role.administrator")), ptr("Map another role.")
	wrong := item("mapping", finding.ItemWrong, "Which ID does the row show?")
	wrong.UIPath, wrong.UIURL = ptr("Setup > Integration"), ptr("https://1234567-sb1.app.netsuite.com/app/oauth2/clientcredentials/setup.nl")
	wrong.By, wrong.Answer, wrong.Code, wrong.Message, wrong.Fix = &person, ptr(exampleCertificateID), ptr(finding.Code("certificate-id.mismatch")), ptr("the row shows \x1b[31m another"), ptr("Copy it.")
	unseen := item("mapping", finding.ItemNotSeen, "Is it valid?")
	unseen.By, unseen.Answer = &person, ptr("don't know")
	item("request", finding.ItemOpen, "Is it a POST?")
	return doc
}

func TestChecklistGolden(t *testing.T) {
	var text, all, plain strings.Builder
	for _, err := range []error{ChecklistText(&text, exampleChecklist(), TextOptions{Width: 80}), ChecklistText(&all, exampleChecklist(), TextOptions{Width: 60, Verbose: true, MaskIDs: true}),
		ChecklistText(&plain, exampleChecklist(), TextOptions{Width: 80, ASCII: true, Color: true})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "checklist-80.txt", []byte(text.String()))
	golden(t, "checklist-masked-60.txt", []byte(all.String()))
	golden(t, "checklist-ascii.ansi", []byte(plain.String()))
	if strings.Contains(all.String(), "1234567") || strings.Contains(all.String(), exampleCertificateID) {
		t.Error("an ID is not masked")
	}
}

func TestChecklistQuiet(t *testing.T) {
	doc := exampleChecklist()
	var b strings.Builder
	if err := ChecklistText(&b, doc, TextOptions{Quiet: true}); err != nil || strings.Contains(b.String(), "First question") || !strings.Contains(b.String(), "Which ID") {
		t.Errorf("%v\n%s", err, b.String())
	}
	doc.Items, doc.Summary = doc.Items[:17], finding.ChecklistCounts{OK: 17}
	b.Reset()
	if err := ChecklistText(&b, doc, TextOptions{Quiet: true}); err != nil || b.Len() > 0 {
		t.Errorf("%v\n%s", err, b.String())
	}
}
