package certificates

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/nsauth/nsauth/internal/formats"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// csvColumns are promises to those who read the file: they are only added to, at the end.
var csvColumns = []struct {
	name string
	cell func(Row) string
}{
	{"account", func(r Row) string { return deref(r.Account) }},
	{"client_id", func(r Row) string { return deref(r.ClientID) }},
	{"integration", func(r Row) string { return deref(r.Integration) }},
	{"application_id", func(r Row) string { return deref(r.ApplicationID) }},
	{"certificate_id", func(r Row) string { return deref(r.CertificateID) }},
	{"state", func(r Row) string { return string(r.State) }},
	{"role_id", func(r Row) string { return deref(r.RoleID) }},
	{"role", func(r Row) string { return deref(r.Role) }},
	{"entity_id", func(r Row) string { return deref(r.EntityID) }},
	{"entity", func(r Row) string { return deref(r.Entity) }},
	{"created", func(r Row) string { return deref(r.Created) }},
	{"valid_from", func(r Row) string { return deref(r.ValidFrom) }},
	{"valid_until", func(r Row) string { return deref(r.ValidUntil) }},
	{"file_valid_until", func(r Row) string { return fileCell(r, func(f *File) string { return day(&f.NotAfter) }) }},
	{"days_left", func(r Row) string { return strings.TrimSuffix(days(r), "-") }},
	{"revoked", func(r Row) string {
		if r.Revoked == nil {
			return ""
		}
		return strconv.FormatBool(*r.Revoked)
	}},
	{"signed_by", func(r Row) string { return strings.Join(r.SignedBy, "; ") }},
	{"files", func(r Row) string { return strings.Join(r.Files, "; ") }},
	{"key_type", func(r Row) string { return fileCell(r, func(f *File) string { return f.KeyType }) }},
	{"key_sha256", func(r Row) string { return fileCell(r, func(f *File) string { return deref(f.KeySHA256) }) }},
	{"key_since", func(r Row) string { return fileCell(r, func(f *File) string { return day(&f.KeySince) }) }},
	{"message", func(r Row) string { return deref(r.Message) }},
}

func fileCell(r Row, of func(*File) string) string {
	if r.File == nil {
		return ""
	}
	return of(r.File)
}

// CSV writes a line for each row, with the judgements about its certificate in the last
// column.
func CSV(w io.Writer, d *Document) error {
	out := csv.NewWriter(w)
	var head []string
	for _, c := range csvColumns {
		head = append(head, c.name)
	}
	if err := out.Write(append(head, "judgements")); err != nil {
		return err
	}
	for _, r := range d.Certificates {
		var line []string
		for _, c := range csvColumns {
			line = append(line, harmless(report.Cell(c.cell(r), report.TextOptions{})))
		}
		if err := out.Write(append(line, strings.Join(d.about(r), "; "))); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// about are the judgements about the certificate of a row.
func (d *Document) about(r Row) []string {
	var list []string
	for _, j := range d.Judgements {
		if r.CertificateID != nil && strings.Contains("\n"+strings.Join(j.CertificateIDs, "\n")+"\n", "\n"+*r.CertificateID+"\n") {
			list = append(list, j.Judgement)
		}
	}
	return list
}

// harmless puts an apostrophe before a cell that a spreadsheet would calculate. Certificate
// IDs and numbers, which may begin with "-", stay as they are: scripts compare them, and
// they can call no function.
func harmless(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@", rune(cell[0])) || nsid.IsInternalID(cell) || nsid.CertificateIDShape(cell) == "" {
		return cell
	}
	return "'" + cell
}

// Markdown writes the rows as a table, and the judgements as a list.
func Markdown(w io.Writer, d *Document) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Certificates of NetSuite integrations, %s\n", day(&d.LookedAt))
	line("| Account | Integration | Role | Entity | Certificate ID | State | Valid until | File until | Days | Key | Key since | Profile | File |")
	line("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, r := range d.Certificates {
		cells := []string{deref(r.Account), cmp.Or(deref(r.Integration), deref(r.ClientID)), named(r.Role, r.RoleID), named(r.Entity, r.EntityID), deref(r.CertificateID), r.State.String(),
			deref(r.ValidUntil), fileCell(r, func(f *File) string { return day(&f.NotAfter) }), days(r), fileCell(r, func(f *File) string { return f.KeyType }),
			fileCell(r, func(f *File) string { return day(&f.KeySince) }), names(r.SignedBy), strings.Join(r.Files, ", ")}
		for i, cell := range cells {
			cells[i] = cmp.Or(formats.InMarkdown(cell), "-")
		}
		line("| %s |", strings.Join(cells, " | "))
	}
	if len(d.Judgements) > 0 {
		line("\n## What to look at\n")
	}
	for _, j := range d.Judgements {
		line("- %s: %s", j.Level, formats.InMarkdown(j.Message))
	}
	line("\n## What was read\n")
	for _, l := range d.Lists {
		if l.ReadBy == nil {
			line("- Account %s, Client ID %s: the list was not read", formats.InMarkdown(l.Account), formats.InMarkdown(l.ClientID))
			continue
		}
		line("- Account %s, Client ID %s: %s, at least %d of %d active, read with %s. The list may be partial.", formats.InMarkdown(l.Account), formats.InMarkdown(l.ClientID),
			text.Counted(*l.Certificates, "certificate"), *l.Active, mapping.ActiveLimit, formats.InMarkdown(*l.ReadBy))
	}
	for _, s := range d.Profiles {
		if s.State == NotRead || s.State == LeftOut {
			line("- Profile %s: %s: %s", formats.InMarkdown(s.Name), strings.ReplaceAll(string(s.State), "-", " "), formats.InMarkdown(deref(s.Message)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// named is a record with its ID.
func named(name, id *string) string {
	switch {
	case name == nil:
		return deref(id)
	case id == nil:
		return *name
	}
	return *name + " (" + *id + ")"
}
