package certificates

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// shownAs are the states as text shows them.
var shownAs = map[State]string{NotListed: "not listed", NotMapped: "not mapped"}

func (s State) String() string { return cmp.Or(shownAs[s], string(s)) }

// Print writes a document as text. Quiet prints nothing when all is well.
func Print(w io.Writer, o report.TextOptions, d *Document) error {
	if o.Quiet && d.ExitCode == 0 {
		return nil
	}
	o.Width = cmp.Or(o.Width, 80)
	p := &printer{w: w, o: o}
	if d.Command == "show" {
		p.show(d)
	} else {
		p.tables(d)
	}
	p.judgements(d)
	p.unseen(d)
	p.say("Exit code %d", d.ExitCode)
	return p.err
}

type printer struct {
	w   io.Writer
	o   report.TextOptions
	err error
}

func (p *printer) say(format string, args ...any) {
	p.err = cmp.Or(p.err, report.Prose(p.w, p.o, fmt.Sprintf(format, args...)))
}

func (p *printer) gap() {
	_, err := io.WriteString(p.w, "\n")
	p.err = cmp.Or(p.err, err)
}

// id is a Certificate ID or Client ID as text shows it: whole where there is room.
func (p *printer) id(id string) string {
	if p.o.Verbose || len(id) < 30 {
		return id
	}
	return id[:6] + "…" + id[len(id)-4:]
}

// tables writes a table for each list, and one for the certificates of no list.
func (p *printer) tables(d *Document) {
	rows := d.Certificates
	for _, l := range d.Lists {
		var own []Row
		for len(rows) > 0 && deref(rows[0].Account) == l.Account && deref(rows[0].ClientID) == l.ClientID {
			own, rows = append(own, rows[0]), rows[1:]
		}
		p.say("%s of account %s, Client ID %s: %s", cmp.Or(deref(l.Integration), "Certificates"), l.Account, p.id(l.ClientID), p.counted(l))
		if len(own) > 0 {
			p.table(own, d.Command == "list" && l.ReadBy != nil, deref(l.ReadBy))
		}
		p.gap()
	}
	if len(rows) > 0 {
		p.say("In no list:")
		p.table(rows, false, "")
		p.gap()
	}
}

func (p *printer) counted(l ClientList) string {
	if l.ReadBy == nil {
		return "the list was not read."
	}
	return fmt.Sprintf("%s, at least %d of %d active. Read with %s.", text.Counted(*l.Certificates, "certificate"), *l.Active, mapping.ActiveLimit, *l.ReadBy)
}

// A column of the table. least is its width where there is little room; 0 is all it needs.
type column struct {
	title string
	least int
	cell  func(Row) string
}

// columnsFor are the columns that fit the width.
func (p *printer) columnsFor() []column {
	columns := []column{
		{"CERTIFICATE ID", 0, func(r Row) string { return cmp.Or(p.id(deref(r.CertificateID)), "-") }},
		{"STATE", 0, func(r Row) string { return r.State.String() }},
		{"VALID UNTIL", 0, func(r Row) string { return cmp.Or(deref(r.ValidUntil), day(r.ExpiresAt), "-") }},
		{"DAYS", 0, func(r Row) string { return days(r) }},
		{"ROLE", 9, func(r Row) string { return cmp.Or(deref(r.Role), deref(r.RoleID), "-") }},
		{"ENTITY", 9, func(r Row) string { return cmp.Or(deref(r.Entity), deref(r.EntityID), "-") }},
		{"PROFILE", 8, func(r Row) string { return cmp.Or(names(r.SignedBy), "-") }},
	}
	if p.o.Width >= 100 {
		columns = append(columns, column{"FILE", 12, func(r Row) string { return cmp.Or(strings.Join(r.Files, ", "), "-") }})
	}
	return columns
}

func days(r Row) string {
	if r.DaysLeft == nil {
		return "-"
	}
	return fmt.Sprint(*r.DaysLeft)
}

// table writes rows. Where marked, a star stands before what the profile named by signs with.
func (p *printer) table(rows []Row, marked bool, by string) {
	columns := p.columnsFor()
	cells := [][]string{make([]string, len(columns))}
	for i, c := range columns {
		cells[0][i] = c.title
	}
	if !p.o.Verbose {
		cells[0][0] = "ID"
	}
	for _, r := range rows {
		line := make([]string, len(columns))
		for i, c := range columns {
			line[i] = report.Cell(c.cell(r), p.o)
		}
		cells = append(cells, line)
	}
	p.fit(columns, cells)
	for i := range cells {
		mark := "  "
		if i > 0 && marked && slices.Contains(rows[i-1].SignedBy, by) {
			mark = "* "
		}
		cells[i][0] = mark + cells[i][0]
	}
	p.err = cmp.Or(p.err, report.Table(p.w, cells))
}

// longest bounds a cell where there is room: a name may have a megabyte.
const longest = 60

// fit cuts the cells of the widest columns that may be cut until the table fits.
func (p *printer) fit(columns []column, cells [][]string) {
	widths := make([]int, len(columns))
	for _, line := range cells {
		for i := range line {
			if columns[i].least > 0 {
				line[i] = cut(line[i], longest, p.o.ASCII, columns[i].title == "FILE")
			}
			widths[i] = max(widths[i], report.Columns(line[i]))
		}
	}
	total := 2 * len(widths) // the mark, and the gaps
	for _, n := range widths {
		total += n
	}
	for total > p.o.Width {
		widest := -1
		for i, c := range columns {
			if c.least > 0 && widths[i] > c.least && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		total--
	}
	for _, line := range cells {
		for i := range line {
			if columns[i].least > 0 {
				line[i] = cut(line[i], widths[i], p.o.ASCII, columns[i].title == "FILE")
			}
		}
	}
}

// cut shortens a cell to n columns, at its end or at its beginning.
func cut(s string, n int, ascii, front bool) string {
	if report.Columns(s) <= n {
		return s
	}
	dots := "…"
	if ascii {
		dots = "..."
	}
	runes, room := []rune(s), n-len([]rune(dots))
	if front {
		slices.Reverse(runes)
	}
	kept := 0
	for kept < len(runes) && room >= report.Columns(string(runes[kept])) {
		room -= report.Columns(string(runes[kept]))
		kept++
	}
	runes = runes[:kept]
	if front {
		slices.Reverse(runes)
		return dots + string(runes)
	}
	return string(runes) + dots
}

// judgements writes what a person should know, worst first, each with what to do.
func (p *printer) judgements(d *Document) {
	for i, j := range d.Judgements {
		message := j.Message
		for _, id := range j.CertificateIDs {
			message = strings.ReplaceAll(message, id, p.id(id))
		}
		said := string(j.Level) + ": " + message
		if j.Remedy != nil && !(i > 0 && equal(d.Judgements[i-1].Remedy, j.Remedy)) {
			said += ". " + *j.Remedy
		}
		p.say("%s", said)
	}
	if len(d.Judgements) > 0 {
		p.gap()
	}
}

// unseen says what was not looked at.
func (p *printer) unseen(d *Document) {
	if d.anyRead() && d.Command != "show" {
		p.say("NetSuite may show only the certificates of the user who asks.")
	}
	var out []string
	for _, s := range d.Profiles {
		switch {
		case s.State == LeftOut && d.Command == "inventory":
			out = append(out, s.Name+" ("+deref(s.Message)+")")
		case s.State == NotRead && s.Account == nil && d.Command != "inventory":
			p.say("The profile %s was not compared: %s", s.Name, deref(s.Message))
		case s.State == NotRead && d.readFor(s):
			p.say("The profile %s did not get the list itself: %s", s.Name, deref(s.Message))
		}
	}
	if len(out) > 0 {
		p.say("Left out: %s.", strings.Join(out, ", "))
	}
	if len(d.NotExamined) > 0 {
		p.say("Not every file was examined in: %s", strings.Join(d.NotExamined, ", "))
	}
}

// readFor reports whether another profile read the list of s.
func (d *Document) readFor(s Profile) bool {
	return slices.ContainsFunc(d.Lists, func(l ClientList) bool {
		return l.ReadBy != nil && equal(&l.Account, s.Account) && equal(&l.ClientID, s.ClientID)
	})
}

// show writes all that is known of one certificate.
func (p *printer) show(d *Document) {
	for _, r := range d.Certificates {
		var rows []report.Labelled
		add := func(label, text string) {
			if text != "" {
				rows = append(rows, report.Labelled{Label: label, Text: text})
			}
		}
		add("profile", names(r.SignedBy))
		add("account", strings.TrimSuffix(deref(r.Account)+", Client ID "+deref(r.ClientID), ", Client ID "))
		if r.Listed != nil && *r.Listed {
			add("mapped to", r.combination())
			add("NetSuite", fmt.Sprintf("valid from %s until %s, created %s, algorithm %s", orUnknown(r.ValidFrom), orUnknown(r.ValidUntil), orUnknown(r.Created), orUnknown(r.Algorithm)))
		}
		if r.State == Unknown {
			add("unknown", deref(r.Message))
		}
		add("files", cmp.Or(strings.Join(r.Files, ", "), "none that was looked at"))
		if f := r.File; f != nil {
			add("subject", f.Subject)
			add("key", f.KeyType+", since "+day(&f.KeySince))
			add("valid", "by the file from "+day(&f.NotBefore)+" until "+day(&f.NotAfter))
			add("SHA-256", f.SHA256)
			if f.KeySHA256 != nil {
				add("key hash", *f.KeySHA256)
			}
		}
		line := deref(r.CertificateID) + ": " + r.State.String()
		if r.DaysLeft != nil && (r.live() || r.State == Unknown) {
			line += ", expires" + r.dated()
		}
		p.err = cmp.Or(p.err, report.Entry(p.w, p.o, line, rows...))
		p.gap()
	}
}

func orUnknown(s *string) string { return cmp.Or(deref(s), "unknown") }
