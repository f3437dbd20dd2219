package web

import (
	"html"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// The pages as markup. They are written out here and not with html/template,
// whose use of reflection makes the linker keep every exported method of the
// program: 2.7 MB. Golden files and a test with hostile values hold them.

// markup is a page on its way. Markup goes in through put, values through text.
type markup struct{ strings.Builder }

func (m *markup) put(parts ...string) {
	for _, part := range parts {
		m.WriteString(part)
	}
}

// text is a value, fit for an element and for a quoted attribute.
func (m *markup) text(value string) {
	m.WriteString(html.EscapeString(strings.ReplaceAll(value, "\x00", "\uFFFD")))
}

// cell is a table cell that holds a value.
func (m *markup) cell(name, value string) {
	m.put(`<td data-name="`, name, `">`)
	m.text(value)
	m.put("</td>")
}

// path is a URL's path, with the places where a line may end.
func (m *markup) path(path string) {
	for step := range strings.SplitAfterSeq(path, "/") {
		m.put("<wbr>")
		m.text(step)
	}
}

func (m *markup) date(t time.Time) { m.text(t.UTC().Format("2006-01-02 15:04:05")) }

func (m *markup) number(n int) { m.put(strconv.Itoa(n)) }

// tabs are the pages that lead to each other.
var tabs = [...]struct{ path, title string }{
	{IndexPath, "Overview"}, {AuditTrailPath, "Login Audit Trail"}, {RequestsPath, "Requests"},
}

// begin is the page up to its heading.
func (m *markup) begin(title string) {
	m.put("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
	m.text(title)
	m.put(" - nsauth emulator</title>\n<style>", pagesCSS, "</style>\n</head>\n<body>\n<header><b>nsauth emulator</b><nav>")
	for _, tab := range tabs {
		m.put(`<a href="`, tab.path, `"`)
		if tab.title == title {
			m.put(` aria-current="page"`)
		}
		m.put(">", tab.title, "</a>")
	}
	m.put("</nav></header>\n<main>\n")
}

func (m *markup) end() { m.put("</main>\n</body>\n</html>\n") }

// plural is a word for one or several.
func plural(n int, one, several string) string {
	if n == 1 {
		return one
	}
	return several
}

func (o overview) page() *markup {
	m := new(markup)
	m.begin("Overview")
	m.put("<h1>A NetSuite stand-in for tests</h1>\n<p>This is not NetSuite. It judges OAuth 2.0 client credentials as strictly as Oracle documents them and keeps what it saw since ")
	m.date(o.Started)
	m.put(" UTC.</p>\n<ul>\n<li><a href=\"", AuditTrailPath, "\">Login Audit Trail</a>: ")
	m.number(o.Audit)
	m.put(" ", plural(o.Audit, "entry", "entries"), ", ")
	m.number(o.Failures)
	m.put(" of them Failure. What an administrator would see in NetSuite.</li>\n<li><a href=\"", RequestsPath, "\">Requests</a>: ")
	m.number(o.Requests)
	m.put(". What the emulator itself made of each one, with every reason.</li>\n<li><a href=\"", FaultsPath, "\">Faults</a> in force: ")
	for i, f := range o.Faults {
		if i > 0 {
			m.put("; ")
		}
		m.put("<code>")
		m.text(f.Fault.String())
		m.put("</code>")
		if f.Fault.Count > 0 {
			m.put(" (")
			m.number(f.Left)
			m.put(" left)")
		}
	}
	if len(o.Faults) == 0 {
		m.put("none")
	}
	m.put(".</li>\n<li><a href=\"/healthz\">Health</a>, for a script that waits until the emulator answers.</li>\n</ul>\n<h2>",
		plural(len(o.Accounts), "Account", "Accounts"), "</h2>\n")
	for _, a := range o.Accounts {
		m.put("<p><b>")
		m.text(a.ID)
		m.put("</b>")
		for _, host := range a.Hosts {
			m.put("<br><code>")
			m.text(host)
			m.put("</code>")
		}
		m.put("</p>\n")
	}
	m.put("<p class=\"quiet\">The logs hold the newest ")
	m.number(o.Limit)
	m.put(" entries each, in memory only. They hold no assertion and no token. The same pages are JSON for a program that asks for it, or with <code>?format=json</code>.</p>\n")
	m.end()
	return m
}

func (p auditPage) page() *markup {
	m := new(markup)
	m.begin("Login Audit Trail")
	m.put("<h1>Login Audit Trail</h1>\n<p class=\"quiet\">", plural(len(p.Accounts), "Account", "Accounts"), " ")
	m.text(strings.Join(p.Accounts, ", "))
	m.put(". In NetSuite: Setup &gt; Users/Roles &gt; User Management &gt; View Login Audit Trail, with the column Detail added under Use Advanced Search &gt; Results.</p>\n")
	if len(p.Entries) == 0 {
		m.put("<div class=\"empty\"><p>No login yet. Run the program, then load this page again.</p></div>\n" +
			"<p class=\"quiet\">If the program ran and nothing is here, look under <a href=\"" + RequestsPath + "\">Requests</a>: a request that is no login leaves no entry.</p>\n")
		m.end()
		return m
	}
	several := len(p.Accounts) > 1
	columns := []string{"Date/Time (UTC)"}
	if several {
		columns = append(columns, "Account")
	}
	m.head(append(columns, "Status", "Detail", "User", "Role", "Application", "IP Address", "Request URI")...)
	for _, e := range p.Entries {
		m.put(`<tr class="`)
		m.text(e.Status)
		m.put(`"><td class="when" data-name="Date/Time (UTC)">`)
		m.date(e.Time)
		m.put("</td>")
		if several {
			m.cell("Account", e.Account)
		}
		m.put(`<td class="status" data-name="Status">`)
		m.text(e.Status)
		m.put(`</td><td class="detail" data-name="Detail">`)
		switch {
		case e.Detail != "":
			m.put("<span><code>")
			m.text(e.Detail)
			m.put("</code>")
			if known := meaning(e.Detail); known != "" {
				m.put("<small>", known, "</small>")
			}
			m.put("</span>")
		case e.Status == "Failure":
			m.put(`<span class="quiet">none<small>Oracle documents no code for this. The reason is under <a href="`, RequestsPath, `">Requests</a>.</small></span>`)
		}
		m.put("</td>")
		m.cell("User", e.Entity)
		m.cell("Role", e.Role)
		m.cell("Application", e.Application)
		m.cell("IP Address", e.IPAddress)
		m.put(`<td class="uri" data-name="Request URI"><code>`)
		m.path(e.RequestURI)
		m.put("</code></td></tr>\n")
	}
	m.put("</tbody>\n</table>\n<p class=\"quiet\">Newest first, at most ")
	m.number(p.Limit)
	m.put(" entries. <a href=\"", AuditTrailPath, "?format=json\">As JSON</a></p>\n")
	m.end()
	return m
}

// head begins a table.
func (m *markup) head(columns ...string) {
	m.put("<table>\n<thead><tr>")
	for _, column := range columns {
		m.put(`<th scope="col">`, column, "</th>")
	}
	m.put("</tr></thead>\n<tbody>\n")
}

func (p requestsPage) page() *markup {
	m := new(markup)
	m.begin("Requests")
	m.put("<h1>Requests</h1>\n<p class=\"quiet\">What the emulator made of each request, with every reason; the first one decided the answer. NetSuite has no such page.</p>\n")
	if len(p.Verdicts) == 0 {
		m.put("<div class=\"empty\"><p>No request yet. Run the program, then load this page again.</p></div>\n" +
			"<p class=\"quiet\">If the program ran and nothing is here, it did not reach the emulator: see its proxy settings or the address it connects to.</p>\n")
		m.end()
		return m
	}
	m.head("Date/Time (UTC)", "Status", "Request", "Verdict", "Client")
	for _, v := range p.Verdicts {
		class := "Failure"
		if v.Accepted {
			class = "Success"
		}
		m.put(`<tr class="`, class, `"><td class="when" data-name="Date/Time (UTC)">`)
		m.date(v.Time)
		m.put(`</td><td class="status" data-name="Status">`)
		if v.Status != 0 {
			m.number(v.Status)
		}
		m.put(`</td><td class="request" data-name="Request"><span><code>`)
		m.text(v.Method + " ")
		m.path(v.Path)
		m.put("</code><small>")
		m.text(v.Host)
		m.put(`</small></span></td><td class="verdict" data-name="Verdict"><span>`)
		m.verdict(v)
		m.put(`</span></td><td class="client" data-name="Client">`)
		m.client(v)
		m.put("</td></tr>\n")
	}
	m.put("</tbody>\n</table>\n<p class=\"quiet\">Newest first, at most ")
	m.number(p.Limit)
	m.put(" requests; no assertion and no token is kept. <a href=\"", RequestsPath, "?format=json\">As JSON</a>, with the IDs in full</p>\n")
	m.end()
	return m
}

func (m *markup) verdict(v verdict.Verdict) {
	if v.Fault != "" {
		m.put("Injected fault <code>")
		m.text(v.Fault)
		m.put("</code>")
	}
	for _, r := range v.Refusals {
		m.put("<code>")
		m.text(r.Code)
		m.put("</code><small>")
		m.text(r.Reason)
		m.put("</small>")
	}
	switch {
	case v.Fault != "" || len(v.Refusals) > 0:
	case v.Accepted:
		m.put("accepted")
	case v.Account == "":
		m.put(`<span class="quiet">no account here has this host</span>`)
	default:
		m.put(`<span class="quiet">no reason kept</span>`)
	}
}

// client is who sent a request: the beginning of each ID, the whole as its title.
func (m *markup) client(v verdict.Verdict) {
	if v.ClientID+v.CertificateID+v.AssertionSHA256 == "" {
		return
	}
	m.put("<span>")
	for _, id := range []struct{ name, value string }{
		{"Client ID", v.ClientID}, {"Certificate ID", v.CertificateID}, {"Assertion SHA-256", v.AssertionSHA256},
	} {
		if id.value == "" {
			continue
		}
		m.put("<small>", id.name, ` <code title="`)
		m.text(id.value)
		m.put(`">`)
		short := []rune(id.value)
		m.text(string(short[:min(len(short), 12)]))
		m.put("…</code></small>")
	}
	m.put("</span>")
}
