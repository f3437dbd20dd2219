package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// A message hands a report on to a person who does not have nsauth: plain ASCII text of
// 80 columns, without a secret. Its sentences are in the catalog's messages.yaml.

// The readers of a message.
const (
	ReaderAdmin     = "admin"
	ReaderDeveloper = "developer"
	ReaderSupport   = "support"
)

// Readers lists the readers of a message.
func Readers() []string { return []string{ReaderAdmin, ReaderDeveloper, ReaderSupport} }

// messageParts are the parts of each message, in order. A part without content is left
// out with its heading.
var messageParts = map[string][]string{
	ReaderAdmin:     {"happened", "fields", "proven", "wrong", "set", "trail", "reply"},
	ReaderDeveloper: {"happened", "request", "assertion", "about", "calls", "proven", "wrong", "set", "docs", "reply"},
	ReaderSupport:   {"fields", "request", "calls", "happened", "proven", "ruled-out", "wrong", "set", "ask", "reply"},
}

// Message writes a report for one of [Readers]. It returns only the writer's error.
func Message(w io.Writer, r *finding.Report, reader string, o TextOptions) error {
	if o.MaskIDs {
		r = Mask(r)
	}
	m := &message{textReport: textReport{page: newPage(TextOptions{ASCII: true}), r: r}, reader: reader}
	m.plan = planOf(r)
	m.state = m.stateOf()
	m.ev = m.evidence()
	m.write()
	_, err := io.WriteString(w, m.b.String())
	return err
}

type message struct {
	textReport
	reader, state string
	plan          plan
	ev            finding.Evidence
	steps         int  // numbered so far in this part
	uploads       bool // a page is named on which a certificate can be uploaded
}

func (m *message) write() {
	m.whole(0, nil, 0, span{m.say("subject", m.state), plain})
	m.gap()
	m.line(0, m.say("intro", m.open()))
	parts := map[string]func(){
		"happened": func() { m.line(2, m.say("happened", m.state)) }, "fields": m.fields, "request": m.request,
		"assertion": m.claims, "about": m.about, "calls": m.calls, "proven": m.proven, "ruled-out": m.excluded, "wrong": m.wrong,
		"set": m.possible, "trail": m.trail, "docs": m.docs, "ask": m.ask, "reply": m.reply,
	}
	for _, name := range messageParts[m.reader] {
		before := m.b.String()
		head := name
		switch {
		case name == "wrong" && m.state == "warned":
			head = m.state
		case name == "set" && m.reader == ReaderDeveloper && m.plan.isChecklist():
			head = "items"
		}
		m.gap()
		m.line(0, m.say("head", head))
		empty := m.b.Len()
		m.steps = 0
		if parts[name](); m.b.Len() == empty {
			m.b.Reset()
			m.b.WriteString(before)
		}
	}
	m.legend()
}

// say is a text of the catalog for this reader, "" where there is none.
func (m *message) say(topic, name string) string {
	return catalog.Message(m.reader, topic, name, m.ev)
}

func (m *message) line(indent int, s string) { m.labelled(indent, "", s) }

func (m *message) bullet(s string) { m.labelled(2, "- ", s) }

// labelled writes a paragraph after a label, and nothing without a paragraph.
func (m *message) labelled(indent int, label, s string) {
	if s != "" {
		m.row(indent, []span{{label, plain}}, indent+len(label), span{s, plain})
	}
}

func (m *message) step(s string) {
	if s != "" {
		m.steps++
		m.labelled(2, fmt.Sprintf("%d. ", m.steps), s)
	}
}

// field writes a value after its label.
func (m *message) field(name, value string) {
	if value != "" {
		m.labelled(2, fmt.Sprintf("%-18s", cmp.Or(m.say("field", name), name)), value)
	}
}

// result is a check of the report; the zero Result if it has none.
func (m *message) result(id finding.CheckID) finding.Result {
	for _, c := range m.r.Checks {
		if c.ID == id {
			return c
		}
	}
	return finding.Result{}
}

func factsIn[T any](m *message, id finding.CheckID) T {
	facts, _ := m.result(id).Facts.(T)
	return facts
}

// stateOf is how far the integration got; messages.yaml lists the states.
func (m *message) stateOf() string {
	facts := factsIn[finding.TokenFacts](m, finding.CheckToken)
	token := m.result(finding.CheckToken)
	switch {
	case m.issued() && m.result(finding.CheckAPI).Status == finding.Fail:
		return "call-refused"
	case m.issued() && m.r.Outcome == finding.OutcomePass:
		return "works"
	case m.issued() && m.r.Outcome == finding.OutcomeWarn:
		return "warned"
	case m.issued():
		return "issued"
	case facts.Status != nil && (facts.Error != nil || *facts.Status >= 400 && *facts.Status < 500):
		return "refused"
	case token.Status == finding.Fail, token.Status == finding.Unknown, slices.Contains(token.BlockedBy, finding.CheckNetwork):
		return "unanswered"
	}
	return "not-sent"
}

// evidence has the values of the report for the texts of the catalog.
func (m *message) evidence() finding.Evidence {
	ev := finding.Evidence{}
	values := factsIn[finding.ProfileFacts](m, finding.CheckProfile).Values
	assertion := factsIn[finding.AssertionFacts](m, finding.CheckAssertion)
	if s := m.r.Profile; s != nil {
		ev.Set("account", value(s.Account))
		ev.Set("client_id", value(s.ClientID))
		ev.Set("certificate_id", value(s.CertificateID))
	}
	ev.Set("url", cmp.Or(values["token_url"].Value, claim(assertion.Claims["aud"])))
	ev.Set("scope", cmp.Or(claim(assertion.Claims["scope"]), values["scope"].Value))
	ev.Set("algorithm", claim(assertion.Header["alg"]))
	if causes := m.causes(); len(causes) > 0 && (len(m.plan.set) == 0 || len(m.plan.main) > 0) {
		ev.Set("cause", causes[0].Title)
	}
	m.timed(ev)
	m.measured(ev)
	if calls := factsIn[finding.APIFacts](m, finding.CheckAPI).Calls; len(calls) > 0 {
		failed := func(c finding.APICall) bool { return c.Status == nil || *c.Status >= 400 }
		last := calls[len(calls)-1]
		if i := slices.IndexFunc(calls, failed); i >= 0 {
			last = calls[i]
		}
		ev["call"] = last.Method + " " + last.Path
		ev.Set("call_error", value(last.ErrorCode))
		if last.Status != nil {
			ev["call_status"] = *last.Status
		}
	}
	return ev
}

// timed adds when the token endpoint answered, or about when the run began.
func (m *message) timed(ev finding.Evidence) {
	at, about := factsIn[finding.TokenFacts](m, finding.CheckToken).At, ""
	if at == nil {
		at, about = &m.r.StartedAt, "about "
		if n := len(m.r.Attempts); n > 0 {
			at, about = &m.r.Attempts[n-1].StartedAt, ""
		}
	}
	if t := utc(*at); t != "" {
		ev["time"] = about + t
	}
	ev["within"] = m.r.DurationMS/1000 + 1
}

// measured adds what the checks measured.
func (m *message) measured(ev finding.Evidence) {
	if key := factsIn[finding.KeyFacts](m, finding.CheckKey); key.Type != "" {
		ev["key"] = key.Type + " " + cmp.Or(value(key.Curve), fmt.Sprintf("%d bits", key.Bits))
	}
	until, _, _ := strings.Cut(factsIn[finding.CertificateFacts](m, finding.CheckCertificate).NotAfter, "T")
	ev.Set("valid_until", until)
	network := factsIn[finding.NetworkFacts](m, finding.CheckNetwork)
	ev.Set("host", network.Host)
	ev.Set("tls", value(network.TLSVersion))
	if offset := factsIn[finding.ClockFacts](m, finding.CheckClock).OffsetSeconds; offset != nil {
		ev["offset"] = fmt.Sprintf("%.1f", math.Abs(*offset))
	}
	token := factsIn[finding.TokenFacts](m, finding.CheckToken)
	ev.Set("error", value(token.Error))
	if token.Status != nil {
		ev["status"] = *token.Status
	}
	if token.ExpiresIn != nil {
		ev["expires_in"] = *token.ExpiresIn
	}
	role := factsIn[finding.RoleFacts](m, finding.CheckRole)
	ev.Set("role", value(role.RoleID))
	ev.Set("entity", value(role.EntityID))
	ev.Set("granted", strings.Join(role.Scope, " "))
	for _, c := range m.r.Checks {
		for _, f := range c.Findings {
			if id, ok := f.Evidence["error_id"].(string); ok {
				ev.Set("error_id", id)
			}
		}
	}
}

// fields identify the integration and, for a support case, the request.
func (m *message) fields() {
	of := func(name string) string { s, _ := m.ev[name].(string); return s }
	if m.reader == ReaderSupport {
		product := "token"
		if m.state == "call-refused" {
			product = "call"
		}
		m.field("product", m.say("product", product))
		m.field("flow", m.say("flow", "text"))
	}
	m.field("account", of("account"))
	m.field("client-id", of("client_id"))
	m.field("certificate-id", of("certificate_id"))
	m.field("scope", of("scope"))
	m.acts(of("certificate_id"))
	m.field("time", of("time"))
	m.field("error-id", of("error_id"))
	if m.reader == ReaderSupport {
		network := factsIn[finding.NetworkFacts](m, finding.CheckNetwork)
		m.field("server", strings.TrimSpace(network.Host+" "+strings.Join(network.Addresses, " ")))
	}
}

// acts names who the integration is in NetSuite, as far as the token and NetSuite's list
// of certificates say.
func (m *message) acts(certificate string) {
	role := factsIn[finding.RoleFacts](m, finding.CheckRole)
	row := finding.MappedCertificate{}
	for _, c := range factsIn[finding.MappingFacts](m, finding.CheckMapping).Certificates {
		if c.CertificateID == certificate {
			row = c
		}
	}
	named := func(name string, id *string) string {
		if id == nil || name == "" {
			return cmp.Or(name, value(id))
		}
		return name + " (" + *id + ")"
	}
	m.field("application", row.Application)
	m.field("role", named(row.Role, role.RoleID))
	m.field("entity", named(row.Entity, role.EntityID))
}

// request is the token request without the assertion.
func (m *message) request() {
	if token := m.result(finding.CheckToken).Status; m.ev["url"] == nil || token == "" || token == finding.Skip {
		return
	}
	for _, name := range []string{"line", "content-type", "grant", "type", "assertion"} {
		m.whole(2, nil, 2, span{m.say("request", name), plain})
	}
}

// The members of an assertion that a message shows.
var (
	headerNames = []string{"alg", "kid", "typ"}
	claimNames  = []string{"iss", "sub", "aud", "scope", "iat", "nbf", "exp"}
)

// claims are those of the assertion that tell NetSuite who asks.
func (m *message) claims() {
	facts := factsIn[finding.AssertionFacts](m, finding.CheckAssertion)
	for _, part := range []struct {
		of    map[string]any
		names []string
	}{{facts.Header, headerNames}, {facts.Claims, claimNames}} {
		for _, name := range part.names {
			said := claim(part.of[name])
			if t := facts.Times[name].Time; t != "" {
				said += " (" + utc(t) + ")"
			}
			m.labelled(2, fmt.Sprintf("%-7s", name), said)
		}
	}
}

// about says whose assertion it is.
func (m *message) about() {
	switch factsIn[finding.AssertionFacts](m, finding.CheckAssertion).MadeBy {
	case "nsauth":
		m.line(2, m.say("set", "made-by-nsauth"))
	case "given":
		m.line(2, m.say("set", "given"))
	}
}

func (m *message) calls() {
	for _, c := range factsIn[finding.APIFacts](m, finding.CheckAPI).Calls {
		ev := finding.Evidence{"call": c.Method + " " + c.Path}
		ev.Set("call_error", value(c.ErrorCode))
		name := "unanswered"
		if c.Status != nil {
			name, ev["call_status"] = "answered", *c.Status
		}
		m.bullet(catalog.Message(m.reader, "call", name, ev))
	}
}

// proven lists what is correct.
func (m *message) proven() {
	for _, c := range m.r.Checks {
		if c.Status != finding.Pass {
			continue
		}
		name := string(c.ID)
		switch facts := c.Facts.(type) {
		case finding.CertificateFacts:
			if m.result(finding.CheckKey).Facts != nil {
				name += "-pair"
			}
		case finding.AssertionFacts:
			if facts.Signature != "verified" {
				continue
			}
		}
		m.bullet(m.say("proven", name))
	}
}

func (m *message) excluded() {
	if m.r.Diagnosis == nil {
		return
	}
	for _, c := range m.r.Diagnosis.RuledOut {
		m.bullet(c.Title)
	}
}

// legend names the IDs that the message does not show, and what not to send.
func (m *message) legend() {
	var names []string
	for _, name := range placeholders().FindAllString(m.b.String(), -1) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	m.gap()
	if m.steps > 0 { // something to send back
		m.line(0, m.say("secret", "text"))
	}
	if len(names) > 0 {
		m.line(0, catalog.Message(m.reader, "legend", "text", finding.Evidence{"names": names}))
	}
}

var placeholders = text.Regexp(`<[a-z][a-z0-9-]*>`)

// claim is a claim's value as text.
func claim(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		parts := make([]string, len(v))
		for i, p := range v {
			parts[i] = claim(p)
		}
		return strings.Join(parts, " ")
	case float64:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprint(v)
}
