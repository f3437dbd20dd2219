package audit

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/report"
)

// PrintTrail writes the entries, newest first, and what is not in them.
func PrintTrail(w io.Writer, o report.TextOptions, doc TrailDocument) error {
	for _, e := range doc.Entries {
		if o.Quiet && len(e.Unexpected) == 0 {
			continue
		}
		if err := report.Entry(w, o, entryLine(e), aboutEntry(e)...); err != nil {
			return err
		}
	}
	if o.Quiet {
		return nil
	}
	said := []string{fmt.Sprintf("Account %s, entries since %s: %d.", doc.Account, doc.Since, len(doc.Entries))}
	if len(doc.Entries) == 0 && doc.Complete {
		said = append(said, "An empty trail proves nothing: NetSuite does not record every refusal.")
	}
	if !doc.Complete {
		back := "Older entries of that time were not read"
		if doc.ReadBackTo != nil {
			back = "Read back to " + *doc.ReadBackTo + ": older entries of that time were not read"
		}
		said = append(said, back+". For all of them, give a shorter --since.")
	}
	if doc.Unexpected != nil {
		said = append(said, fmt.Sprintf("Not expected: %d.", *doc.Unexpected))
	}
	return report.Prose(w, o, strings.Join(said, " "))
}

func entryLine(e TrailEntry) string {
	at := e.Date + " (time zone unknown)"
	if e.At != nil {
		at = *e.At
	}
	line := at + "  " + cmp.Or(e.Status, "no status") + "  " + orDash(e.Detail) + "  " + orDash(e.Application)
	return line
}

func orDash(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

// aboutEntry is what is said below the line of an entry.
func aboutEntry(e TrailEntry) []report.Labelled {
	var rows []report.Labelled
	add := func(label, text string) {
		if text != "" {
			rows = append(rows, report.Labelled{Label: label, Text: text})
		}
	}
	if len(e.Unexpected) > 0 {
		add("not expected", strings.Join(e.Unexpected, ", "))
	}
	if e.Means != nil {
		add("means", *e.Means)
	}
	if e.Fix != nil && strings.EqualFold(e.Status, "Failure") {
		add("fix", *e.Fix)
	}
	var who []string
	for _, part := range []struct {
		label string
		names []*string
	}{{"role", []*string{e.RoleName, e.RoleID}}, {"user", []*string{e.UserName, e.UserID}}, {"token", []*string{e.TokenName}}, {"from", []*string{e.IP}}} {
		for _, name := range part.names {
			if name != nil {
				who = append(who, part.label+" "+*name)
				break
			}
		}
	}
	add("by", strings.Join(who, ", "))
	if e.RequestURI != nil {
		add("request", *e.RequestURI)
	}
	return rows
}

// PrintAccount writes a table for each list that was seen, and says which were not.
func PrintAccount(w io.Writer, o report.TextOptions, doc AccountDocument) error {
	state := func(inactive *bool) string {
		switch {
		case inactive == nil:
			return "not shown"
		case *inactive:
			return "inactive"
		}
		return "active"
	}
	tables := []struct {
		title string
		rows  [][]string
	}{
		{"Integration records", [][]string{{"NAME", "STATE", "APPLICATION ID"}}},
		{"Certificates of the profile's Client ID", [][]string{{"CERTIFICATE ID", "APPLICATION", "ROLE", "VALID UNTIL", "REVOKED"}}},
		{"Roles that can sign in with client credentials", [][]string{{"ROLE", "ID", "STATE", "MISSING FOR REST AND SUITEQL"}}},
		{"Use since " + doc.UseSince, [][]string{{"APPLICATION", "BY", "SUCCESS", "FAILURE", "LAST DETAIL"}}},
		{"Tokens of token-based authentication, which must move to OAuth 2.0", [][]string{{"APPLICATION", "TOKEN", "ROLE", "CREATED", "REVOKED"}}},
		{"The checklist, as far as it was read", [][]string{{"ITEM", "STATE", "WHY"}}},
	}
	add := func(i int, cells ...string) { tables[i].rows = append(tables[i].rows, cells) }
	for _, i := range doc.Integrations {
		add(0, i.Name, i.State, i.ApplicationID)
	}
	for _, c := range doc.Certificates {
		add(1, c.CertificateID, c.Application, c.Role, c.ValidUntil, map[bool]string{true: "yes", false: "no"}[c.Revoked])
	}
	for _, r := range doc.Roles {
		add(2, r.Name, r.ID, state(r.Inactive), strings.Join(r.Missing, ", "))
	}
	for _, u := range doc.Use {
		add(3, u.Application, u.By, fmt.Sprint(u.Success), fmt.Sprint(u.Failure), orDash(u.LastDetail))
	}
	for _, t := range doc.Tokens {
		if t.Revoked == nil || !*t.Revoked {
			add(4, t.Application, t.Name, t.Role, t.Created, "no")
		}
	}
	for _, i := range doc.Checklist {
		add(5, i.ID, i.State, i.Why)
	}
	heading := "Account " + doc.Account + ", seen by " + doc.Auditor
	if doc.Profile != nil {
		heading += "; profile " + *doc.Profile
	}
	if err := report.Prose(w, o, heading+"."); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	for _, table := range tables {
		if len(table.rows) == 1 {
			continue
		}
		if err := report.Prose(w, o, table.title+":"); err != nil {
			return err
		}
		if err := report.Table(w, table.rows); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	var unseen []string
	for _, list := range slices.Sorted(maps.Keys(doc.NotSeen)) {
		unseen = append(unseen, list+" ("+doc.NotSeen[list]+")")
	}
	if len(unseen) == 0 {
		return nil
	}
	return report.Prose(w, o, "Not seen, or not all of it: "+strings.Join(unseen, ", ")+". nsauth auditor init says which permission each needs.")
}
