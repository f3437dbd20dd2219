// Package checklist judges what must be right for a token: in NetSuite, page by page,
// and in the program that signs. It judges what it was given, and a person answers the
// rest.
package checklist

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
)

// List is a checklist for one integration.
type List struct {
	head    finding.Checklist
	pages   []catalog.ChecklistPage
	results []finding.Result
	context diagnosis.Context
	given   map[string]bool // what items can be judged by
	appHost string
	answers []diagnosis.Answer
	target  profile.Target            // of the next commands
	again   []string                  // the command with the flags that it was run with
	remedy  map[string]finding.Remedy // of what is wrong, by the ID of the item
}

// Checks lists the checks whose results New judges by. They open no socket.
func Checks() []finding.CheckID {
	return []finding.CheckID{finding.CheckProfile, finding.CheckKey, finding.CheckCertificate, finding.CheckCertificateID}
}

// New makes the checklist for p, judged by the results of Checks.
func New(p *profile.Profile, results []finding.Result, tool finding.Tool, at time.Time) *List {
	account := p.Text(profile.FieldAccount)
	id, computed := p.Text(profile.FieldCertificateID), ""
	_, isSet := p.Get(profile.FieldScope)
	scope, _ := p.Get(profile.FieldScope)
	target := profile.Target{Config: p.Config, Profile: p.Name}
	l := &List{results: results, target: target, again: again(p, target), given: map[string]bool{"account": account != "", "client-id": p.Text(profile.FieldClientID) != "",
		"certificate-id": id != "", "scope": isSet && scope.Source.Kind != profile.SourceDefault}}
	for _, r := range results {
		switch facts := r.Facts.(type) {
		case finding.KeyFacts:
			l.given["key"] = true
		case finding.CertificateFacts:
			l.given["certificate"] = true
		case finding.CertificateIDFacts:
			l.given["computed-id"] = id != "" && facts.Computed != nil && r.Status != finding.Skip
			if facts.Computed != nil {
				computed = *facts.Computed
			}
		}
	}
	l.given["pair"] = l.given["key"] && l.given["certificate"]
	l.head = finding.Checklist{SchemaVersion: finding.SchemaVersion, Kind: finding.KindChecklist, Tool: tool, Command: "checklist",
		StartedAt: at.UTC().Format(time.RFC3339), Profile: &finding.Subject{Name: finding.Optional(p.Name), Account: finding.Optional(account),
			ClientID: finding.Optional(p.Text(profile.FieldClientID)), CertificateID: finding.Optional(id)}}
	l.context = diagnosis.Context{Sandbox: p.Account.IsSandbox(), Subject: finding.Evidence{"scope": p.Scope()}}
	for name, value := range map[string]string{"account": account, "client_id": p.Text(profile.FieldClientID), "kid": cmp.Or(id, computed),
		"computed": computed, "token_url": p.TokenURL} {
		l.context.Subject.Set(name, value)
	}
	if !p.Account.IsZero() {
		l.appHost = p.Account.AppHost()
		l.context.Subject["host"] = p.Account.RESTHost()
	}
	l.pages = pagesFor(l.context.Sandbox, slices.Contains(p.Scope(), "restlets"))
	return l
}

// again is the command for the same checklist, with the flags that have no secret.
func again(p *profile.Profile, target profile.Target) []string {
	command := target.Argv("checklist")
	for _, f := range []profile.Field{profile.FieldAccount, profile.FieldClientID, profile.FieldCertificateID, profile.FieldScope, profile.FieldKey, profile.FieldCert} {
		if v, ok := p.Get(f); ok && v.Source.Kind == profile.SourceFlag {
			command = append(command, v.Source.Name+"="+cmp.Or(strings.Join(v.List, ","), v.Text))
		}
	}
	return command
}

// pagesFor leaves out the items that are only for another integration, and the pages
// that then have none.
func pagesFor(sandbox, restlets bool) []catalog.ChecklistPage {
	var pages []catalog.ChecklistPage
	for _, page := range catalog.Checklist() {
		page.Items = slices.DeleteFunc(slices.Clone(page.Items), func(i catalog.ChecklistItem) bool {
			return i.Only == "sandbox" && !sandbox || i.Only == "restlets" && !restlets
		})
		pages = append(pages, page)
	}
	return pages
}
